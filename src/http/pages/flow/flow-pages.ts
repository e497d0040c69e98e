/** All pages about flows: the list, one flow, its source, its figures as a file. */
import type { Hono } from 'hono';
import type { Store } from '../../../store/store.ts';
import type { Pages } from '../../send-page.ts';
import { bindFlow } from './flow.ts';
import { bindFlows } from './flows.ts';
import { bindMetricsFile } from './metrics-file.ts';
import { bindSource } from './source-page.ts';

export function bindFlowPages(app: Hono, parts: { readonly store: Store; readonly pages: Pages }): void {
  bindFlows(app, parts);
  bindFlow(app, parts);
  bindSource(app, parts);
  bindMetricsFile(app, parts);
}
