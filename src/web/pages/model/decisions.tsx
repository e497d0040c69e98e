/** Every decision about what is in production, newest first: both figures, the margin, what came of it, why, and by whom. */
import { commandLine } from '../../../model/shell-word.ts';
import { modelPage, runPage } from '../../address.ts';
import { briefFigure } from '../../charts/scale.ts';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';

export interface DecisionsData {
  readonly model: string;
  /** Newest first. */
  readonly rows: readonly DecisionLine[];
  /** Of all; at most `most`, which is then said. */
  readonly count: number;
  readonly isCapped: boolean;
  readonly isNewest: boolean;
  readonly next: number | null;
}

export interface DecisionLine {
  readonly at: number;
  readonly kind: 'compare' | 'promote' | 'rollback';
  readonly run: number | null;
  readonly metric: string | null;
  readonly margin: number | null;
  readonly candidate: number;
  readonly candidate_value: number | null;
  readonly production: number | null;
  readonly production_value: number | null;
  readonly stage: string | null;
  readonly promoted: boolean;
  readonly reason: string;
  readonly decided_by: string;
  readonly undone_at: number | null;
}

const LONGEST_REASON = 240;

export function Decisions({ data, clock }: { data: DecisionsData; clock: Clock }) {
  const { model, rows, count, isCapped, isNewest, next } = data;
  if (count === 0)
    return (
      <>
        <h2>Decisions</h2>
        <p class="dim">
          None yet. This registers a model and compares it with the one in production:{' '}
          <code>
            {commandLine('weir', 'model', 'promote-if-better', model)} FILE --metric NAME --goal min --evaluate COMMAND
          </code>
        </p>
      </>
    );
  return (
    <>
      <h2>
        Decisions
        <small>{rows.length === count ? count : `${rows.length} of ${isCapped ? 'more than ' : ''}${count}`}</small>
      </h2>
      <div class="wide">
        <table class="decided">
          <thead>
            <tr>
              <th scope="col" class="n">
                Version
              </th>
              <th scope="col">Decision</th>
              <th scope="col" class="n">
                Candidate
              </th>
              <th scope="col" class="n">
                Production
              </th>
              <th scope="col" class="n w">
                Margin
              </th>
              <th scope="col" class="w">
                Why
              </th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row row={row} clock={clock} />
            ))}
          </tbody>
        </table>
      </div>
      {isNewest && next === null ? null : (
        <nav class="pages" aria-label="More decisions">
          {isNewest ? null : <a href={`${modelPage(model)}#decisions`}>Newest</a>}
          {next === null ? null : <a href={`${modelPage(model, { decided: next })}#decisions`}>Older</a>}
        </nav>
      )}
    </>
  );
}

function Row({ row, clock }: { row: DecisionLine; clock: Clock }) {
  const { candidate, candidate_value, production, production_value, margin, run, undone_at } = row;
  return (
    <tr>
      <th scope="row" class="n">
        {candidate}
      </th>
      <td>
        <Outcome row={row} />
        {undone_at === null ? null : <span class="sub">undone by a rollback</span>}
      </td>
      <td class="n">{figure(candidate_value)}</td>
      <td class="n">
        {figure(production_value)}
        {production === null ? null : <span class="sub">version {production}</span>}
      </td>
      <td class="n w">{figure(margin)}</td>
      <td class="w sub">
        {row.reason.length > LONGEST_REASON ? `${row.reason.slice(0, LONGEST_REASON)}...` : row.reason}
      </td>
      <td class="nw">
        <Time at={row.at} clock={clock} />
        <span class="sub">{run === null ? row.decided_by.slice(0, 80) : <a href={runPage(run)}>run {run}</a>}</span>
      </td>
    </tr>
  );
}

function Outcome({ row }: { row: DecisionLine }) {
  const { kind, promoted, candidate, production, stage } = row;
  if (kind === 'rollback') return <StateMark name="Completed" word="Rolled back" />;
  if (kind === 'promote')
    return promoted ? <StateMark name="Completed" word="Promoted by hand" /> : <>Moved to {stage ?? 'None'}</>;
  if (promoted) return <StateMark name="Completed" word="Promoted" />;
  return <StateMark name="Skipped" word={candidate === production ? 'Kept' : 'Rejected'} />;
}

function figure(value: number | null): string {
  return value === null ? '' : briefFigure(value);
}
