/** All registered models: what is in production, since when, by which run, and how the figure went over the versions. */
import { modelPage, modelsPage, runPage } from '../../address.ts';
import { briefFigure } from '../../charts/scale.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { type Clock, Time } from '../../time.tsx';

export interface ModelsData {
  readonly models: readonly ModelLine[];
  /** Of all, whatever the filter. */
  readonly count: number;
  readonly text: string;
  /** The last name shown, when there are more. */
  readonly next: string | null;
  readonly isFirst: boolean;
}

export interface ModelLine {
  readonly name: string;
  readonly description: string;
  readonly versions: number;
  /** The figure that decides; null: its versions have none. */
  readonly metric: string | null;
  /** Oldest first; null where a version has not this figure. */
  readonly values: readonly (number | null)[];
  readonly production: {
    readonly version: number;
    readonly value: number | null;
    readonly at: number | null;
    readonly run: number | null;
  } | null;
}

/** Names that do not fit into a line are cut; the page of the model has them whole. */
export const LONGEST_NAME = 80;

export function ModelsPage({ data, clock }: { data: ModelsData; clock: Clock }) {
  const { models, count, text, next, isFirst } = data;
  return (
    <section id="models">
      <h1>Models</h1>
      {count === 0 ? (
        <NoModels />
      ) : (
        <>
          <p class="lead">{count === 1 ? 'One model is registered' : `${count} models are registered`}.</p>
          {count <= 10 && text === '' ? null : <Filter text={text} />}
          {models.length === 0 ? <p>No model has "{text}" in its name.</p> : <Table models={models} clock={clock} />}
          {isFirst && next === null ? null : (
            <nav class="pages" aria-label="More models">
              {isFirst ? null : <a href={modelsPage({ q: text })}>First</a>}
              {next === null ? null : <a href={modelsPage({ q: text, after: next })}>More</a>}
            </nav>
          )}
        </>
      )}
    </section>
  );
}

function NoModels() {
  return (
    <>
      <p>No model has been registered yet.</p>
      <p class="dim">
        A task registers one with <code>models.promoteIfBetter('name', model, ...)</code>, a program of any language
        with <code>weir model register NAME FILE</code>. <code>weir init --template weekly-retrain</code> writes a flow
        that does.
      </p>
    </>
  );
}

function Filter({ text }: { text: string }) {
  return (
    <form class="acts" action={modelsPage()}>
      <input type="search" name="q" value={text} placeholder="part of a name" aria-label="Find models by name" />
      <button type="submit">Find</button>
    </form>
  );
}

function Table({ models, clock }: { models: readonly ModelLine[]; clock: Clock }) {
  return (
    <table style="margin-top:1rem">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">In production</th>
          <th scope="col" class="n">
            Figure
          </th>
          <th scope="col" class="w">
            Since
          </th>
          <th scope="col" class="n w">
            Versions
          </th>
          <th scope="col" class="n w">
            Over versions
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((line) => (
          <Row line={line} clock={clock} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ line, clock }: { line: ModelLine; clock: Clock }) {
  const { name, description, versions, metric, values, production } = line;
  return (
    <tr>
      <th scope="row">
        <a href={modelPage(name)}>{name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name}</a>
        {description === '' ? null : <span class="sub">{description.slice(0, 200)}</span>}
      </th>
      <td>{production === null ? <span class="dim">none yet</span> : `version ${production.version}`}</td>
      <td class="n">
        {production?.value == null ? '' : briefFigure(production.value)}
        {production?.value == null || metric === null ? null : <span class="sub">{metric.slice(0, LONGEST_NAME)}</span>}
      </td>
      <td class="w">
        {production?.at == null ? null : <Time at={production.at} clock={clock} ago />}
        {production?.run == null ? null : (
          <span class="sub">
            <a href={runPage(production.run)}>run {production.run}</a>
          </span>
        )}
      </td>
      <td class="n w">{versions}</td>
      <td class="n w">
        {metric === null ? null : <Sparkline values={values} label={sparklineWords(metric, values)} />}
      </td>
    </tr>
  );
}

/** "rmse over the last 26 versions: 2.073 to 1.887". */
export function sparklineWords(metric: string, values: readonly (number | null)[], what = 'versions'): string {
  const known = values.filter((value) => value !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return `${metric}: no figure yet`;
  if (known.length === 1) return `${metric}: ${briefFigure(first)}`;
  return `${metric} over the last ${known.length} ${what}: ${briefFigure(first)} to ${briefFigure(last)}`;
}
