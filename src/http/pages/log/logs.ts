/** All routes of logs, in the order in which they must be asked: text and streams have addresses that look like tasks. */
import type { Hono } from 'hono';
import { bindLogPage } from './page.ts';
import { bindLogStreams, type LogStreamsOptions } from './stream.ts';
import { bindLogText } from './text.ts';

export function bindLogs(app: Hono, options: LogStreamsOptions): void {
  bindLogStreams(app, options);
  bindLogText(app, options);
  bindLogPage(app, options);
}
