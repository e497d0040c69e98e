/** Where pages lie: every link of a page and every redirect comes from here, so that names are escaped in one place. */

export function runPage(id: number): string {
  return `/runs/${id}`;
}

/** The whole log of a run, or of one of its task runs. */
export function logPage(runId: number, taskRunId?: number): string {
  return taskRunId === undefined ? `/runs/${runId}/logs` : `/runs/${runId}/logs/${taskRunId}`;
}

export function flowPage(flow: string): string {
  return `/flows/${encodeURIComponent(flow)}`;
}

export function modelPage(model: string): string {
  return `/models/${encodeURIComponent(model)}`;
}

/** The runs that a filter finds, in the words of `weir runs`: `flow:nightly state:failed`. */
export function runsWhere(filter: string): string {
  return `/runs?q=${encodeURIComponent(filter)}`;
}
