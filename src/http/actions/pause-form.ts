/** /flows/:name/pause and /resume: due times are skipped from now on, with the reason, or count again. */
import type { Hono } from 'hono';
import { pauseOf } from '../../engine/schedule/pauses.ts';
import { parsePauseEnd, pause, pauseTarget, resume } from '../../engine/schedule/pausing.ts';
import { WeirError } from '../../model/errors.ts';
import { commandLine } from '../../model/shell-word.ts';
import { flowPage } from '../../web/address.ts';
import { FORM_STYLE } from '../../web/pages/form/form-style.ts';
import { PauseForm, type PauseFormData } from '../../web/pages/form/pause-form.tsx';
import type { Clock } from '../../web/time.tsx';
import type { PageContent } from '../send-page.ts';
import { type ChosenDeployment, chooseDeployment, deployedOrRefuse, deploymentTitle } from './choose-deployment.ts';
import { type ActionParts, BY_PAGE, given, inOneSentence, readForm, showDone } from './form.ts';

type Typed = Pick<PauseFormData, 'schedule' | 'reason' | 'until' | 'error'>;

const NOTHING: Typed = { schedule: '', reason: '', until: '', error: null };
const LONGEST_REASON = 500;

export function bindPauseForm(app: Hono, parts: ActionParts): void {
  const { store, now, executor, pages, zone } = parts;

  app.get('/flows/:name/pause', (c) =>
    pages.send(c, (clock) => {
      const deployment = deployedOrRefuse(store, c.req.param('name'), c.req.query('deployment'));
      return page(
        chosenOf(deployment.flow, deployment.name),
        { ...NOTHING, schedule: c.req.query('schedule') ?? '' },
        clock,
      );
    }),
  );

  app.post('/flows/:name/pause', async (c) => {
    const form = await readForm(c);
    const deployment = deployedOrRefuse(store, c.req.param('name'), given(form, 'deployment'));
    const typed = {
      schedule: given(form, 'schedule') ?? '',
      reason: (given(form, 'reason') ?? '').slice(0, LONGEST_REASON),
      until: given(form, 'until') ?? '',
    };
    try {
      const target = pauseTarget(store, deployment, typed.schedule === '' ? undefined : typed.schedule);
      const until = typed.until === '' ? null : parsePauseEnd(typed.until, now(), zone, 'until');
      await pause({ store, now }, target, { by: BY_PAGE, reason: typed.reason || null, until });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const field = error.code === 'not-found' ? ('schedule' as const) : ('until' as const);
      const chosen = chosenOf(deployment.flow, deployment.name);
      return pages.send(
        c,
        (clock) => page(chosen, { ...typed, error: { field, sentence: inOneSentence(error) } }, clock),
        400,
      );
    }
    executor.nudge();
    return showDone(c, flowPage(deployment.flow), 'paused');
  });

  app.post('/flows/:name/resume', async (c) => {
    const form = await readForm(c);
    const deployment = deployedOrRefuse(store, c.req.param('name'), given(form, 'deployment'));
    const wasPaused = await resume({ store, now }, pauseTarget(store, deployment, given(form, 'schedule')));
    executor.nudge();
    return showDone(c, flowPage(deployment.flow), wasPaused ? 'unpaused' : 'not-paused');
  });

  function chosenOf(flow: string, name: string): ChosenDeployment {
    return chooseDeployment(store, flow, name) as ChosenDeployment;
  }

  function page(chosen: ChosenDeployment, typed: Typed, clock: Clock): PageContent {
    const { deployment } = chosen;
    const title = deploymentTitle(chosen);
    const { reason, until, schedule } = typed;
    const data: PauseFormData = {
      flow: deployment.flow,
      deployment: deployment.name,
      title,
      schedules: store.deployments.schedulesOf(deployment.id).map(({ identity }) => identity),
      ...typed,
      paused: pauseOf(deployment, null),
      command: commandLine(
        ...['weir', 'deployment', 'pause', title, '--reason', reason || 'WHY', '--until', until || '2h'],
        ...(schedule === '' ? [] : ['--schedule', schedule]),
      ),
    };
    const heading = `${typed.error === null ? 'Pause' : 'Not paused:'} ${title}`;
    return { title: heading, active: 'flows', style: FORM_STYLE, content: PauseForm({ data, clock }) };
  }
}
