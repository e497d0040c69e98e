/** What needs a person: what and when, the line that says why, and the one thing that most people do next. */
import type { StateName } from '../../../model/state.ts';
import { type Action, PostButton } from '../../action.tsx';
import { runPage } from '../../address.ts';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';

export interface AttentionLine {
  /** A flow, a file, the disk. */
  readonly title: string;
  /** Its page. */
  readonly to: string | null;
  readonly mark: StateName;
  readonly word: string;
  /** "in task load", "exit code 3". */
  readonly facts: readonly string[];
  readonly at: number | null;
  readonly run: number | null;
  /** What was said last, and where that stands. */
  readonly quote: { readonly text: string; readonly to: string | null } | null;
  readonly action: Action | null;
  /** Nothing has failed yet. */
  readonly isWarning: boolean;
}

export function Attention({
  lines,
  count,
  clock,
}: {
  lines: readonly AttentionLine[];
  /** May be more than are shown. */
  count: number;
  clock: Clock;
}) {
  return (
    <>
      <h2>
        Needs attention
        {count > lines.length ? <small>{`${lines.length} of ${count}`}</small> : null}
      </h2>
      {lines.map((line) => (
        <Line line={line} clock={clock} />
      ))}
    </>
  );
}

function Line({ line, clock }: { line: AttentionLine; clock: Clock }) {
  const { title, to, mark, word, facts, at, run, quote, action, isWarning } = line;
  return (
    <article class={isWarning ? 'box warn' : 'box'}>
      <div class="flex">
        <b>{to === null ? title : <a href={to}>{title}</a>}</b>
        <StateMark name={mark} word={word} />
        {facts.length === 0 ? null : <span class="sub">{facts.join(', ')}</span>}
        <div class="flex end">
          <span class="sub">
            {at === null ? null : <Time at={at} clock={clock} ago />}
            {run === null ? null : (
              <>
                {at === null ? '' : ', '}
                <a href={runPage(run)}>run {run}</a>
              </>
            )}
          </span>
          {action === null ? null : <Button action={action} about={title} />}
        </div>
      </div>
      {quote === null ? null : <pre>{quote.to === null ? quote.text : <a href={quote.to}>{quote.text}</a>}</pre>}
    </article>
  );
}

/** Small, beside the words. `about`: for whoever hears it without them. */
export function Button({ action, about }: { action: Action; about: string }) {
  if (action.kind === 'post') return <PostButton action={action} about={about} />;
  return (
    <a class="btn" href={action.to} aria-label={`${action.label}, ${about}`}>
      {action.label}
    </a>
  );
}
