/** What went into a run and what came out, against the runs before it: metrics, what they decided, parameters, the result. */
import { formatBytes } from '../../../model/bytes.ts';
import { modelPage, runPage } from '../../address.ts';
import { Sparkline } from '../../charts/sparkline.tsx';

export interface ValuesView {
  readonly params: readonly ParamView[];
  readonly metrics: readonly MetricView[];
  /** How many there are of both; not all need be shown. */
  readonly counts: { readonly params: number; readonly metrics: number };
  readonly decisions: readonly DecisionView[];
  /** As text; null when there is none, or it is too large. */
  readonly result: string | null;
  readonly resultSize: number | null;
}

export interface ParamView {
  readonly name: string;
  /** As JSON, shortened; null when only the former run had it. */
  readonly value: string | null;
  /** What it was in the flow's run before, when that differs. */
  readonly was: { readonly runId: number; readonly value: string | null } | null;
}

export interface MetricView {
  readonly name: string;
  readonly value: number;
  /** The nearest run before that has it. */
  readonly former: { readonly runId: number; readonly value: number } | null;
  /** Where it is known which is better: the best so far. */
  readonly best: { readonly runId: number; readonly value: number } | null;
  /** Of the last runs, oldest first, this one at the end. */
  readonly history: readonly (number | null)[];
}

export interface DecisionView {
  readonly model: string;
  readonly sentence: string;
  readonly isPromoted: boolean;
  /** What was compared, when figures were. */
  readonly comparison: {
    readonly metric: string;
    readonly goal: 'min' | 'max';
    readonly candidate: number;
    readonly candidateValue: number;
    readonly production: number | null;
    readonly productionValue: number | null;
    readonly margin: number;
  } | null;
}

export function Values({ values, runId }: { values: ValuesView; runId: number }) {
  const { params, metrics, counts, decisions, result, resultSize } = values;
  return (
    <>
      {decisions.map((decision) => (
        <Decision decision={decision} />
      ))}
      <div class="half">
        {metrics.length === 0 ? null : <Metrics metrics={metrics} count={counts.metrics} runId={runId} />}
        {params.length === 0 ? null : <Params params={params} count={counts.params} />}
        {resultSize === null || result === 'null' ? null : (
          <div>
            <h2>Result</h2>
            {result === null ? <p class="dim">{formatBytes(resultSize)}, too large to show</p> : <pre>{result}</pre>}
          </div>
        )}
      </div>
    </>
  );
}

/** A figure shortened for the eye; the exact one, as the command line's JSON has it, stands beside it for programs. */
export function Figure({ value }: { value: number }) {
  return <data value={String(value)}>{formatFigure(value)}</data>;
}

/** Seven digits tell two models apart; more are noise of the arithmetic. */
export function formatFigure(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** "+0.031 (+1.5 %)", or "the same". */
export function changeOf(value: number, former: number): string {
  const change = value - former;
  if (change === 0) return 'the same';
  const sign = change > 0 ? '+' : '-';
  const share = former === 0 ? '' : ` (${sign}${Number(Math.abs((change / former) * 100).toPrecision(2))} %)`;
  return `${sign}${Number(Math.abs(change).toPrecision(3))}${share}`;
}

function PartOf({ shown, count }: { shown: number; count: number }) {
  return shown === count ? null : (
    <small>
      {shown} of {count}
    </small>
  );
}

function Metrics({ metrics, count, runId }: { metrics: readonly MetricView[]; count: number; runId: number }) {
  return (
    <div>
      <h2>
        Metrics
        <PartOf shown={metrics.length} count={count} />
      </h2>
      <table>
        <tbody>
          {metrics.map(({ name, value, former, best, history }) => (
            <tr>
              <th scope="row">{name}</th>
              <td class="n">
                <Figure value={value} />
                {former === null ? null : (
                  <span class="sub">
                    {changeOf(value, former.value)} against <a href={runPage(former.runId)}>{former.runId}</a>
                  </span>
                )}
                {best === null ? null : (
                  <span class="sub">
                    {best.runId === runId ? (
                      'the best so far'
                    ) : (
                      <>
                        best {formatFigure(best.value)} in <a href={runPage(best.runId)}>{best.runId}</a>
                      </>
                    )}
                  </span>
                )}
              </td>
              <td class="n w">
                {history.filter((each) => each !== null).length < 2 ? null : (
                  <Sparkline values={history} label={`${name} over the last ${history.length} runs`} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Params({ params, count }: { params: readonly ParamView[]; count: number }) {
  return (
    <div>
      <h2>
        Parameters
        <PartOf shown={params.length} count={count} />
      </h2>
      <table>
        <tbody>
          {params.map(({ name, value, was }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                {value === null ? <span class="dim">not given</span> : <code>{value}</code>}
                {was === null ? null : (
                  <span class="sub">
                    {was.value === null ? (
                      'not given'
                    ) : (
                      <>
                        was <code>{was.value}</code>
                      </>
                    )}{' '}
                    in <a href={runPage(was.runId)}>run {was.runId}</a>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Decision({ decision }: { decision: DecisionView }) {
  const { model, sentence, comparison, isPromoted } = decision;
  return (
    <div class="decision">
      <h2>
        <a href={modelPage(model)}>{model}</a>
        <small>{isPromoted ? 'promoted' : 'not promoted'}</small>
      </h2>
      <p>{sentence}</p>
      {comparison === null ? null : <Compared comparison={comparison} />}
    </div>
  );
}

function Compared({ comparison }: { comparison: NonNullable<DecisionView['comparison']> }) {
  const { metric, goal, candidate, candidateValue, production, productionValue, margin } = comparison;
  return (
    <dl class="facts">
      <dt>Version {candidate}, the candidate</dt>
      <dd>
        {metric} <Figure value={candidateValue} />
      </dd>
      {production === null || productionValue === null ? null : (
        <>
          <dt>Version {production}, in Production</dt>
          <dd>
            {metric} <Figure value={productionValue} />
          </dd>
          <dt>Better by</dt>
          <dd>
            {formatFigure(
              Number(
                (goal === 'min' ? productionValue - candidateValue : candidateValue - productionValue).toPrecision(4),
              ),
            )}
            , margin {formatFigure(margin)}, {goal === 'min' ? 'lower' : 'higher'} is better
          </dd>
        </>
      )}
    </dl>
  );
}
