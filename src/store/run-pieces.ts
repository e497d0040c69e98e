/**
 * A filter of runs as pieces of one `where`. The pieces are fixed texts; every value is bound. Rare states and tags are
 * written so that SQLite sees their partial indexes; times become numbers of runs, found by halving.
 */
import type { ParamCondition, RunFilter } from '../model/run-filter.ts';
import type { StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface Piece {
  readonly sql: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** State types that a partial index holds, with the words that let SQLite see it: the parameters would hide it. */
const GONE_WRONG = { types: ['FAILED', 'CRASHED'], sql: "state_type in ('FAILED', 'CRASHED')" } as const;
const RARE: readonly { readonly types: readonly StateType[]; readonly sql: string }[] = [
  GONE_WRONG,
  { types: ['CANCELLED', 'SKIPPED'], sql: "state_type in ('CANCELLED', 'SKIPPED')" },
  {
    types: ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'],
    sql: "state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')",
  },
];

const TYPES_OF_NAMES: Readonly<Record<string, StateType>> = {
  TimedOut: 'FAILED',
  UpstreamFailed: 'FAILED',
  Late: 'SCHEDULED',
  AwaitingRetry: 'SCHEDULED',
  AwaitingResume: 'SCHEDULED',
  AwaitingLimit: 'SCHEDULED',
  Retrying: 'RUNNING',
  Resuming: 'RUNNING',
  Cached: 'COMPLETED',
};

const NEWEST = 'select max(id) from flow_runs';
const CREATED_AT = 'select created_at from flow_runs where id <= :id order by id desc limit 1';

export function createRunPieces(database: Database) {
  const statement = lazyStatements(database);

  /** The first number whose run was created at or after the time: numbers and times grow together. */
  function firstSince(at: number): number {
    let low = 1;
    let high = newest() + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const created = statement(CREATED_AT).pluck().get({ id: middle }) as number | undefined;
      if (created === undefined || created < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function newest(): number {
    return (statement(NEWEST).pluck().get() as number | null) ?? 0;
  }

  return {
    newest,
    firstSince,

    /** All that the filter asks for; none where it asks for nothing. */
    piecesOf(filter: RunFilter): Piece[] {
      const pieces: Piece[] = [];
      const rare = rareStates(filter);
      const states = statesPiece(filter);
      if (states !== null) pieces.push(rare === null ? states : { ...states, sql: `${rare} and ${states.sql}` });
      if (filter.flows.length > 0) {
        // The plus keeps SQLite from reading all runs of a flow where an index knows the few in that state.
        pieces.push(oneOf(rare === null ? 'flow' : '+flow', 'flow', filter.flows));
      }
      if (filter.triggers.length > 0) pieces.push(oneOf('trigger', 'trigger', filter.triggers));
      if (filter.deployments.length > 0) pieces.push(deploymentsPiece(filter.deployments));
      if (filter.tags.length > 0) pieces.push(tagsPiece(filter.tags));
      if (filter.sinceAt !== null)
        pieces.push({
          sql: 'id >= :first and created_at >= :since',
          values: { first: firstSince(filter.sinceAt), since: filter.sinceAt },
        });
      if (filter.untilAt !== null)
        pieces.push({
          sql: 'id < :end and created_at < :until',
          values: { end: firstSince(filter.untilAt), until: filter.untilAt },
        });
      // What reads JSON or many rows comes last.
      return [
        ...pieces,
        ...filter.metrics.map(metricPiece),
        ...filter.params.map(paramPiece),
        ...filter.texts.map(textPiece),
        ...filter.errors.map(errorPiece),
      ];
    },
  };
}

/** The words of the partial index that holds all runs in question. */
export function rareStates({ stateTypes, stateNames, errors }: RunFilter): string | null {
  const wanted = [...stateTypes, ...stateNames.map((name) => TYPES_OF_NAMES[name])];
  if (wanted.length === 0) return errors.length > 0 ? GONE_WRONG.sql : null;
  return RARE.find((each) => wanted.every((type) => type !== undefined && each.types.includes(type)))?.sql ?? null;
}

function statesPiece({ stateTypes, stateNames }: RunFilter): Piece | null {
  if (stateTypes.length + stateNames.length === 0) return null;
  const types = oneOf('state_type', 'type', stateTypes);
  const names = oneOf('state_name', 'name', stateNames);
  const sql = `(${[stateTypes.length > 0 ? types.sql : '', stateNames.length > 0 ? names.sql : ''].filter(Boolean).join(' or ')})`;
  return { sql, values: { ...types.values, ...names.values } };
}

/** Of deployments `d`: those with these names, `flow/name`. */
export function deploymentNames(deployments: readonly string[]): Piece {
  return oneOf("d.flow || '/' || d.name", 'deployment', deployments);
}

function deploymentsPiece(deployments: readonly string[]): Piece {
  const names = deploymentNames(deployments);
  return { ...names, sql: `deployment_id in (select d.id from deployments d where ${names.sql})` };
}

/** In the stored text a tag stands in quotes, and a quote inside of one never without its backslash. */
function tagsPiece(tags: readonly string[]): Piece {
  const conditions = tags.map((_, place) => `instr(tags, :tag${place}) > 0`);
  return {
    sql: `tags <> '[]' and (${conditions.join(' or ')})`,
    values: Object.fromEntries(tags.map((tag, place) => [`tag${place}`, JSON.stringify(tag)])),
  };
}

/** The name is looked for in the text first: reading JSON costs ten times as much. */
function metricPiece(metric: RunFilter['metrics'][number], place: number): Piece {
  return {
    sql: `instr(metrics, :metricText${place}) > 0 and exists (
      select 1 from json_each(flow_runs.metrics) m where m.key = :metric${place} and m.value ${metric.comparison} :value${place})`,
    values: {
      [`metricText${place}`]: `${JSON.stringify(metric.name)}:`,
      [`metric${place}`]: metric.name,
      [`value${place}`]: metric.value,
    },
  };
}

/** Parameters are one letter and JSON (model/codec.ts). */
function paramPiece({ name, comparison, value, text }: ParamCondition, place: number): Piece {
  const isNumber = "p.type in ('integer', 'real')";
  const asText = "case when p.type in ('true', 'false', 'null') then p.type else cast(p.value as text) end";
  const same = `((${isNumber} and p.value = :number${place}) or ${asText} = :text${place})`;
  const holds =
    comparison === '='
      ? same
      : comparison === '!='
        ? `not coalesce(${same}, 0)`
        : `${isNumber} and p.value ${comparison} :number${place}`;
  return {
    sql: `instr(params, :paramBytes${place}) > 0 and exists (
      select 1 from json_each(substr(cast(flow_runs.params as text), 2)) p where p.key = :param${place} and ${holds})`,
    values: {
      [`paramBytes${place}`]: Buffer.from(`${JSON.stringify(name)}:`),
      [`param${place}`]: name,
      [`number${place}`]: value,
      [`text${place}`]: text,
    },
  };
}

function textPiece(text: string, place: number): Piece {
  const [word, json] = [`:any${place}`, `:anyJson${place}`];
  return {
    sql: `(instr(lower(flow), ${word}) > 0 or instr(lower(name), ${word}) > 0 or instr(lower(tags), ${json}) > 0
      or instr(lower(cast(params as text)), ${json}) > 0 or instr(lower(error), ${json}) > 0)`,
    values: { [`any${place}`]: lower(text), [`anyJson${place}`]: lower(jsonText(text)) },
  };
}

function errorPiece(text: string, place: number): Piece {
  const [word, json] = [`:error${place}`, `:errorJson${place}`];
  return {
    sql: `${GONE_WRONG.sql} and (instr(lower(error), ${json}) > 0 or instr(lower(state_message), ${word}) > 0 or exists (
      select 1 from task_runs k where k.flow_run_id = flow_runs.id and k.error is not null and instr(lower(k.error), ${json}) > 0))`,
    values: { [`error${place}`]: lower(text), [`errorJson${place}`]: lower(jsonText(text)) },
  };
}

/** As it stands inside of a text in JSON. */
function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** SQLite's lower() knows these letters alone. */
function lower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function oneOf(column: string, name: string, values: readonly string[]): Piece {
  const places = values.map((_, place) => `:${name}${place}`);
  return {
    sql: values.length === 1 ? `${column} = ${places[0]}` : `${column} in (${places.join(', ')})`,
    values: Object.fromEntries(values.map((value, place) => [`${name}${place}`, value])),
  };
}
