/**
 * The folder of one attempt of a shell task, in which the command hands over what it came to: outputs, metrics, a summary,
 * progress, artifacts. It is empty before the command and emptied after it. Must never block on what a command leaves there,
 * nor take more of it than the limits say.
 */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes } from '../../model/bytes.ts';
import { WeirError } from '../../model/errors.ts';
import { parseMetrics, parseOutputs } from '../../model/handed-over.ts';
import type { RunStart } from '../../model/run-start.ts';
import type { Line, Scope } from '../scope.ts';
import { readCapped, utf8Of } from './capped-file.ts';
import { ARTIFACTS, giveBack, isOwn, takeFolder } from './hand-over-folders.ts';
import { type LeftFile, leftArtifacts } from './left-artifacts.ts';
import { watchProgress } from './watched-progress.ts';

/** Of the files for outputs, metrics and the summary. */
const LARGEST = 1024 * 1024;
const MOST_FAULTS = 3;

export interface HandOver {
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Tells metrics, summary and artifacts, and gives the metrics: what a failed command came to counts, too. */
  tellWhatIsThere(): Readonly<Record<string, number>>;
  /** @throws WeirError `invalid-value` for what cannot be read */
  outputs(): Record<string, unknown>;
  close(): void;
}

/** Takes a folder for it, and tells the progress that the command writes from now on. */
export function openHandOver(line: Line, scope: Scope, run: RunStart): HandOver {
  const folder = takeFolder(run);
  const { artifacts } = folder;
  const path = (name: string) => join(folder.path, name);
  /** Known when it was looked at. */
  let isAsMade = false;
  let hasOutputs = true;
  const stopWatching = watchProgress(path('progress'), line, scope);

  function warn(text: string): void {
    line.report({ kind: 'log', call: scope.call, stream: 'log', level: 'warn', at: Date.now(), text });
  }

  function readMetrics(): Readonly<Record<string, number>> {
    const { values, faults } = parseMetrics(lossyText(path('metrics'), 'WEIR_METRICS', warn));
    for (const fault of faults.slice(0, MOST_FAULTS)) warn(`WEIR_METRICS: ${fault}, and was not kept`);
    if (faults.length > MOST_FAULTS) warn(`WEIR_METRICS: ${faults.length - MOST_FAULTS} more were not kept`);
    return values;
  }

  function tellSummary(): void {
    const text = lossyText(path('summary'), 'WEIR_SUMMARY', warn);
    if (text.trim() === '') return;
    const data = new TextEncoder().encode(text);
    tellArtifact({ key: 'summary', artifactKind: 'markdown', mediaType: 'text/markdown', data });
  }

  function tellArtifact(file: LeftFile): void {
    const key = `${placeOf(line, scope)}/${file.key}`;
    line.report({ kind: 'artifact', call: scope.call, at: Date.now(), description: null, ...file, key });
  }

  return {
    folder: folder.path,
    variables: {
      WEIR_OUTPUT: path('output'),
      WEIR_METRICS: path('metrics'),
      WEIR_SUMMARY: path('summary'),
      WEIR_PROGRESS: path('progress'),
      WEIR_ARTIFACTS: artifacts,
    },
    tellWhatIsThere() {
      const found = entriesIn(folder.path);
      const entries = found ?? [];
      const names = entries.map(({ name }) => name);
      hasOutputs = found === null || names.includes('output');
      const left = entriesIn(artifacts);
      isAsMade = entries.every(isOwn) && names.includes(ARTIFACTS) && left?.length === 0;
      const metrics = names.includes('metrics') ? readMetrics() : {};
      for (const [name, value] of Object.entries(metrics))
        line.report({ kind: 'metric', call: scope.call, name, value, at: Date.now() });
      if (names.includes('summary')) tellSummary();
      if (left?.length !== 0) for (const file of leftArtifacts(artifacts, warn)) tellArtifact(file);
      return metrics;
    },
    outputs: () => (hasOutputs ? outputsIn(path('output')) : {}),
    close() {
      stopWatching();
      giveBack(run, folder, isAsMade);
    },
  };
}

function outputsIn(path: string): Record<string, unknown> {
  const file = readCapped(path, LARGEST);
  if (file.kind === 'missing') return {};
  if (file.kind === 'no-file') refuse('is no plain file any more');
  if (file.kind === 'unreadable') refuse(`cannot be read: ${file.why}`);
  if (file.size > LARGEST) refuse(`holds ${formatBytes(file.size)}; it can hold ${formatBytes(LARGEST)}`);
  const text = utf8Of(file.bytes);
  if (text === null) refuse('is not UTF-8 text');
  if (text.includes('\0')) refuse('holds a NUL character, so it is no text');
  const { values, faults } = parseOutputs(text);
  if (faults.length > 0) refuse(`cannot be read: ${faults.slice(0, MOST_FAULTS).join('; ')}`);
  return values as Record<string, unknown>;
}

function refuse(why: string): never {
  throw new WeirError('invalid-value', `what the command wrote to WEIR_OUTPUT ${why}`, {
    hint: 'write name=value lines, or one JSON object; hand on what is large or no text as a file, by files: { name: path }',
  });
}

/** What is no text, or too much, is told and taken as far as it goes. */
function lossyText(path: string, variable: string, warn: (text: string) => void): string {
  const file = readCapped(path, LARGEST);
  if (file.kind === 'no-file') warn(`${variable} is no plain file any more`);
  if (file.kind === 'unreadable') warn(`${variable} cannot be read: ${file.why}`);
  if (file.kind !== 'read') return '';
  if (file.size > LARGEST)
    warn(`${variable} holds ${formatBytes(file.size)}; the first ${formatBytes(LARGEST)} were taken`);
  return file.bytes.toString('utf8');
}

/** null: the command removed it, or made it unreadable. */
function entriesIn(folder: string): readonly Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
}

/** By attempt and task name: the calls that left something. */
const callsThatLeft = new WeakMap<Line, Map<string, (number | null)[]>>();

/** Names of artifacts are the run's: what two tasks, or two calls of one, leave must not replace each other. */
function placeOf(line: Line, { call, taskName }: Scope): string {
  const byName = callsThatLeft.get(line) ?? new Map<string, (number | null)[]>();
  callsThatLeft.set(line, byName);
  const name = taskName ?? 'flow';
  const calls = byName.get(name) ?? [];
  byName.set(name, calls);
  if (!calls.includes(call)) calls.push(call);
  const position = calls.indexOf(call);
  return position === 0 ? name : `${name} (${position + 1})`;
}
