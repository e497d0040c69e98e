/** POST /limits/:name: another capacity for it, or away with what was created. Whoever waits is looked at again. */
import type { Hono } from 'hono';
import { parseCapacity, putLimit, refuseBadName, removeLimit } from '../../engine/verbs/limit-changes.ts';
import { limitsPage } from '../../web/address.ts';
import { type ActionParts, given, readForm, showDone } from './form.ts';

export function bindLimitActions(app: Hono, { store, now, executor }: ActionParts): void {
  app.post('/limits/:name', async (c) => {
    const form = await readForm(c);
    const name = c.req.param('name');
    if (given(form, 'delete') !== undefined) {
      await removeLimit(store, name);
      executor.nudge();
      return showDone(c, limitsPage(), 'limit-deleted');
    }
    refuseBadName(name);
    const capacity = parseCapacity(given(form, 'capacity') ?? '');
    await putLimit({ store, now }, name, capacity);
    executor.nudge();
    return showDone(c, limitsPage(), capacity === 0 ? 'stopped' : 'limited');
  });
}
