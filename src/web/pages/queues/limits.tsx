/** Limits on the page of the queue: capacity, who holds it, who stands in line, and a form to change it. */
import type { LimitUserView, LimitView } from '../../../model/limit-view.ts';
import { commandLine } from '../../../model/shell-word.ts';
import { PostButton } from '../../action.tsx';
import { runPage } from '../../address.ts';
import { CapacityForm, limitActions } from '../../limit-actions.tsx';
import { type Clock, Time } from '../../time.tsx';
import type { QueuesData } from './queues.tsx';

/** Of one limit; the rest is counted. */
const USERS_SHOWN = 8;

export function Limits({ data, clock }: { data: QueuesData; clock: Clock }) {
  const { limits, limitCount } = data;
  return (
    <>
      <h2>
        Limits
        {limitCount > limits.length ? (
          <small>
            {limits.length} of {limitCount}
          </small>
        ) : null}
      </h2>
      {limits.length === 0 ? (
        <p class="dim">
          None yet. A flow or task with <code>occupies: {'{ gpu: 1 }'}</code> has the gpu for itself;{' '}
          <code>weir concurrency-limit create gpu 2</code> lets two at once have it.
        </p>
      ) : null}
      {limits.map((limit, index) => (
        <article class="limit">
          <h3 class="flex">
            <span>{limit.name}</span>
            <small>
              {limit.in_use} of {limit.capacity} in use, {whoSays(limit)}
            </small>
          </h3>
          {limit.capacity + limit.in_use === 0 ? null : <Meter limit={limit} />}
          <LimitUsers word="has" users={limit.holders} clock={clock} />
          <LimitUsers word="waits for" users={limit.waiters} clock={clock} />
          {limit.capacity === 0 ? <p class="sub">What occupies it waits until the capacity is raised.</p> : null}
          <div class="acts">
            <CapacityForm limit={limit} />
            {limitActions(limit).map((action) => (action.kind === 'post' ? <PostButton action={action} /> : null))}
            <details class="cmds" id={`commands-${index}`}>
              <summary>As commands</summary>
              <pre>{commandsOf(limit).join('\n')}</pre>
            </details>
          </div>
        </article>
      ))}
    </>
  );
}

/** What does the same in a terminal; `CAPACITY` is what the field asks for. */
function commandsOf(limit: LimitView): string[] {
  const others = limitActions(limit).flatMap(({ command }) => command ?? []);
  return [commandLine('weir', 'concurrency-limit', 'create', limit.name, 'CAPACITY'), ...others];
}

/** One box for each unit while there are few, else one bar. */
function Meter({ limit }: { limit: LimitView }) {
  const { capacity, in_use: used } = limit;
  const all = Math.max(capacity, used, 1);
  const width = 240;
  const step = all <= 24 ? Math.min(24, width / all) : 0;
  const boxes = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, at) => `M${((from + at) * step).toFixed(0)} 1h${(step - 3).toFixed(0)}v8h-${(step - 3).toFixed(0)}z`,
    ).join('');
  return (
    <svg class="meter" width={width} height="10" viewBox={`0 0 ${width} 10`} aria-hidden="true">
      {step > 0 ? (
        <>
          <path class="free" d={boxes(used, all)} />
          <path class={used > capacity ? 'warn' : 'run'} d={boxes(0, used)} />
        </>
      ) : (
        <>
          <path class="free" d={`M0 1h${width}v8H0z`} />
          <path class="run" d={`M0 1h${Math.round((used / all) * width)}v8H0z`} />
        </>
      )}
    </svg>
  );
}

function LimitUsers({ word, users, clock }: { word: string; users: readonly LimitUserView[]; clock: Clock }) {
  if (users.length === 0) return null;
  return (
    <ul class="users">
      {users.slice(0, USERS_SHOWN).map(({ run, flow, task, amount, since }) => (
        <li>
          <a href={runPage(run)}>run {run}</a> of {flow}
          {task === null ? '' : `, ${task.name},`} {word} {amount} since <Time at={Date.parse(since)} clock={clock} />
        </li>
      ))}
      {users.length > USERS_SHOWN ? <li class="dim">and {users.length - USERS_SHOWN} more</li> : null}
    </ul>
  );
}

function whoSays({ declared_by }: LimitView): string {
  if (declared_by === 'user') return 'set by hand';
  return declared_by === 'flow' ? 'declared by a flow' : 'declared by nobody, so 1';
}

export const LIMITS_STYLE = `
.limit{padding:.75rem 0;border-bottom:1px solid var(--line)}.limit+.limit{margin-top:0!important}
.limit h3 small{font-weight:400;color:var(--dim)}
.limit .acts{margin:.5rem 0 0}.limit .acts .acts{margin:0}.limit input{width:5.5rem}
.meter{display:block;margin:.35rem 0;max-width:100%}.meter path{fill:currentColor}.meter .free{color:var(--line)}
.users{margin:.25rem 0;padding:0;list-style:none;font-size:.875rem}
`;
