/** Everything that a form of a page can change. Each post answers with the page that shows the result. */
import type { Hono } from 'hono';
import { bindBackfillForm } from './backfill-form.ts';
import { bindBulk } from './bulk.ts';
import type { ActionParts } from './form.ts';
import { bindLimitActions } from './limit-actions.ts';
import { bindModelActions } from './model-actions.ts';
import { bindPauseForm } from './pause-form.ts';
import { bindRunActions } from './run-actions.ts';
import { bindRunForm } from './run-form.ts';

export function bindActions(app: Hono, parts: ActionParts): void {
  // First: bulk is no run.
  bindBulk(app, parts);
  bindRunActions(app, parts);
  bindRunForm(app, parts);
  bindPauseForm(app, parts);
  bindBackfillForm(app, parts);
  bindModelActions(app, parts);
  bindLimitActions(app, parts);
}
