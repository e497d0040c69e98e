/**
 * What `weir sql` asks: views with readable columns over the tables, so that a query outlives a change of the schema.
 * Times are ISO 8601 (UTC) beside epoch ms in a column ending in `_ms`; durations are milliseconds.
 */

export interface View {
  readonly name: string;
  readonly meaning: string;
  /** Column to expression. */
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
}

/** A question that anybody may have. */
export const EXAMPLE = 'select state, count(*) from runs group by state';

export const VIEWS: readonly View[] = [
  {
    name: 'runs',
    meaning: 'flow runs, one a row',
    columns: {
      ...{ id: 'r.id', flow: 'r.flow', name: 'r.name' },
      deployment: "(select d.flow || '/' || d.name from main.deployments d where d.id = r.deployment_id)",
      ...{ state: 'r.state_name', state_type: 'r.state_type', message: 'r.state_message' },
      ...{ attempt: 'r.attempt', trigger: 'r.trigger', infrastructure: 'r.infrastructure' },
      ...times('created', 'r.created_at'),
      ...times('scheduled', 'r.scheduled_at'),
      ...times('start', 'r.start_at'),
      ...times('end', 'r.end_at'),
      ...{ run_time_ms: 'r.run_time_ms', ...times('slot', 'r.slot_at') },
      ...{ tags: 'r.tags', metrics: 'r.metrics', error: "r.error ->> '$.message'" },
      ...{ result_size: 'r.result_size', parent_run: 'r.parent_run_id', path: 'r.path', version: 'r.version' },
      ...{ code: 'r.code_hash', idempotency_key: 'r.idempotency_key' },
    },
    from: 'main.flow_runs r',
  },
  {
    name: 'tasks',
    meaning: 'task runs, one a row; run is the flow run',
    columns: {
      ...{ id: 't.id', run: 't.flow_run_id', flow: 'r.flow', name: 't.name', key: 't.label', kind: 't.kind' },
      ...{ state: 't.state_name', state_type: 't.state_type', message: 't.state_message', attempt: 't.attempt' },
      ...times('start', 't.start_at'),
      ...times('end', 't.end_at'),
      ...{ run_time_ms: 't.run_time_ms', why: 't.why', cached_from_run: 't.cached_from_run' },
      ...{ upstream: 't.upstream', tags: 't.tags', metrics: 't.metrics', error: "t.error ->> '$.message'" },
      ...{ peak_memory: "t.usage ->> '$.peakMemory'", cpu_ms: "t.usage ->> '$.cpuMs'" },
      ...{ result_size: 't.result_size', parent_task: 't.parent_task_id', child_run: 't.child_run_id' },
    },
    from: 'main.task_runs t join main.flow_runs r on r.id = t.flow_run_id',
  },
  {
    name: 'run_states',
    meaning: 'every state that a flow run has been in',
    columns: {
      ...{ run: 's.flow_run_id', seq: 's.seq', attempt: 's.attempt', state: 's.name', state_type: 's.type' },
      ...{ message: 's.message', ...times('entered', 's.at') },
    },
    from: 'main.flow_run_states s',
  },
  {
    name: 'task_states',
    meaning: 'every state that a task run has been in',
    columns: {
      ...{ task: 't.id', run: 't.flow_run_id', name: 't.name', seq: 'e.key + 1', state: "e.value ->> '$[1]'" },
      ...{ state_type: "e.value ->> '$[0]'", message: "e.value ->> '$[2]'" },
      ...times('entered', "(e.value ->> '$[3]')"),
    },
    from: 'main.task_runs t, json_each(t.states) e',
  },
  {
    name: 'logs',
    meaning: 'chunks of log lines of one task and moment',
    columns: {
      ...{ id: 'l.id', run: 'l.flow_run_id', task: 'l.task_run_id', attempt: 'l.attempt', stream: 'l.stream' },
      ...{ level: 'l.level', ...times('logged', 'l.at'), line: 'l.first_line', lines: 'l.lines' },
      ...{ text: 'l.text', fields: 'l.fields' },
    },
    from: 'main.logs l',
  },
  {
    name: 'metrics',
    meaning: 'figures that runs kept, in the order they were told',
    columns: {
      ...{ id: 'm.id', run: 'm.flow_run_id', task: 'm.task_run_id', flow: 'm.flow', name: 'm.name', value: 'm.value' },
      ...times('told', 'm.at'),
    },
    from: 'main.metrics m',
  },
  {
    name: 'artifacts',
    meaning: 'what runs left; the bytes: weir artifact get',
    columns: {
      ...{ id: 'a.id', run: 'a.flow_run_id', task: 'a.task_run_id', key: 'a.key', kind: 'a.kind' },
      ...{
        description: 'a.description',
        media_type: 'a.media_type',
        size: 'a.size',
        ...times('created', 'a.created_at'),
      },
    },
    from: 'main.artifacts a',
  },
  {
    name: 'limits',
    meaning: 'concurrency limits with how much of them is taken',
    columns: {
      ...{ name: 'c.name', capacity: 'c.capacity', declared_by: 'c.declared_by' },
      taken: '(select coalesce(sum(h.amount), 0) from main.limit_holders h where h.limit_name = c.name)',
    },
    from: 'main.concurrency_limits c',
  },
  {
    name: 'variables',
    meaning: 'named values that flows read; value is JSON',
    columns: { name: 'v.name', value: 'v.value', ...times('updated', 'v.updated_at') },
    from: 'main.variables v',
  },
  {
    name: 'secrets',
    meaning: 'names of secrets; what they are is sealed',
    columns: { name: 's.name', ...times('set', 's.set_at') },
    from: 'main.secrets s where s.replaced_at is null',
  },
  {
    name: 'models',
    meaning: 'registered models',
    columns: {
      ...{ name: 'm.name', description: 'm.description', ...times('created', 'm.created_at') },
      versions: '(select count(*) from main.model_versions v where v.model = m.name)',
      production: "(select v.version from main.model_versions v where v.model = m.name and v.stage = 'Production')",
    },
    from: 'main.models m',
  },
  {
    name: 'model_versions',
    meaning: 'versions of models',
    columns: {
      ...{ model: 'v.model', version: 'v.version', stage: 'v.stage', size: 'v.size', file: 'v.file_name' },
      aliases:
        '(select json_group_array(x.alias) from main.model_aliases x where x.model = v.model and x.version = v.version)',
      ...{ metrics: 'v.metrics', params: 'v.params', tags: 'v.tags', run: 'v.flow_run_id', sha256: 'v.content_hash' },
      ...times('created', 'v.created_at'),
    },
    from: 'main.model_versions v',
  },
  {
    name: 'decisions',
    meaning: 'comparisons, promotions and rollbacks of models',
    columns: {
      ...{ id: 'd.id', model: 'd.model', kind: 'd.kind', ...times('decided', 'd.at'), run: 'd.flow_run_id' },
      ...{ metric: 'd.metric', goal: 'd.goal', margin: 'd.margin', candidate: 'd.candidate' },
      ...{ candidate_value: 'd.candidate_value', production: 'd.production', production_value: 'd.production_value' },
      ...{ promoted: 'd.promoted', reason: 'd.reason', data: 'd.data_identity', decided_by: 'd.decided_by' },
    },
    from: 'main.model_decisions d',
  },
  {
    name: 'deployments',
    meaning: 'flows that a server keeps',
    columns: {
      ...{ id: 'd.id', flow: 'd.flow', name: 'd.name', path: 'd.path', description: 'd.description', tags: 'd.tags' },
      ...{ paused_by: 'd.paused_by', paused_reason: 'd.paused_reason', broken: 'd.broken' },
      ...times('paused', 'd.paused_at'),
      ...times('created', 'd.created_at'),
      ...times('updated', 'd.updated_at'),
      next_slot: `${iso('(select min(s.next_at) from main.schedules s where s.deployment_id = d.id and s.removed_at is null)')}`,
    },
    from: 'main.deployments d where d.deleted_at is null',
  },
  {
    name: 'slots',
    meaning: 'the ledger: what became of each due time',
    columns: {
      ...{ deployment: "d.flow || '/' || d.name", schedule: 's.identity', ...times('slot', 'x.at') },
      ...{ outcome: 'x.outcome', reason: 'x.reason', note: 'x.note', run: 'x.flow_run_id', count: 'x.count' },
      ...times('until', 'x.until_at'),
      ...times('decided', 'x.decided_at'),
    },
    from: 'main.slots x join main.schedules s on s.id = x.schedule_id join main.deployments d on d.id = s.deployment_id',
  },
];

/** Statement that makes the view for one connection; a view of the connection comes before a table of the file. */
export function viewStatement({ name, columns, from }: View): string {
  const listed = Object.entries(columns).map(([column, expression]) => `${expression} as "${column}"`);
  return `create temp view "${name}" as select ${listed.join(', ')} from ${from}`;
}

function times(name: string, expression: string): Record<string, string> {
  return { [`${name}_at`]: iso(expression), [`${name}_at_ms`]: expression };
}

function iso(expression: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${expression} / 1000.0, 'unixepoch')`;
}
