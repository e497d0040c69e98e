/** POST /models/:name/promote and /rollback: by hand, and in the decision log as such. */
import type { Hono } from 'hono';
import { promote, rollback } from '../../engine/verbs/model-changes.ts';
import { WeirError } from '../../model/errors.ts';
import { parseStage } from '../../store/registry.ts';
import { modelPage } from '../../web/address.ts';
import { type ActionParts, BY_PAGE, given, readForm, showDone } from './form.ts';

export function bindModelActions(app: Hono, { store, now }: ActionParts): void {
  app.post('/models/:name/promote', async (c) => {
    const form = await readForm(c);
    const model = c.req.param('name');
    const selector = given(form, 'version');
    if (selector === undefined)
      throw new WeirError('usage', 'the version is missing', { hint: `weir model ls ${model}` });
    const stage = parseStage(given(form, 'stage') ?? 'Production');
    await promote({ store, now }, { model, selector, stage, by: BY_PAGE });
    return showDone(c, modelPage(model), stage === 'Production' ? 'promoted' : 'staged');
  });

  app.post('/models/:name/rollback', async (c) => {
    await readForm(c);
    const model = c.req.param('name');
    await rollback({ store, now }, { model, by: BY_PAGE });
    return showDone(c, modelPage(model), 'rolled-back');
  });
}
