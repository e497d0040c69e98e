/** Everything that a form of a page can change. Each post answers with the page that shows the result. */
import type { Hono } from 'hono';
import type { ActionParts } from './form.ts';
import { bindLimitActions } from './limit-actions.ts';
import { bindModelActions } from './model-actions.ts';
import { bindRunActions } from './run-actions.ts';
import { bindRunForm } from './run-form.ts';

export function bindActions(app: Hono, parts: ActionParts): void {
  bindRunActions(app, parts);
  bindRunForm(app, parts);
  bindModelActions(app, parts);
  bindLimitActions(app, parts);
}
