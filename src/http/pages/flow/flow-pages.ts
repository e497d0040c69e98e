/** All pages about flows: the list, one flow, its source, its figures as a file. */
import type { Hono } from 'hono';
import type { Store } from '../../../store/store.ts';
import type { Pages } from '../../send-page.ts';
import type { BadgeKeys } from '../../signals/badge-keys.ts';
import { bindFlow } from './flow.ts';
import { bindFlows } from './flows.ts';
import { bindMetricsFile } from './metrics-file.ts';
import { bindSource } from './source-page.ts';

export interface FlowPagesParts {
  readonly store: Store;
  readonly pages: Pages;
  readonly badgeKeys: BadgeKeys;
}

export function bindFlowPages(app: Hono, parts: FlowPagesParts): void {
  bindFlows(app, parts);
  bindFlow(app, parts);
  bindSource(app, parts);
  bindMetricsFile(app, parts);
}
