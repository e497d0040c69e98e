/** `weir deployment ls | inspect | history`: what is deployed, when it is due, what it was. Only looks. */
import { nextDueOf } from '../../engine/deploy/deploy.ts';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { isPausedNow } from '../../engine/schedule/pauses.ts';
import { deploymentJson, deploymentSummaryJson, deploymentVersionJson } from '../../engine/tell/deployment-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { type ScheduleSpec, scheduleIdentity } from '../../model/schedule-spec.ts';
import { neverDue, scheduleInShort, scheduleInWords } from '../../model/schedule-words.ts';
import type { DeploymentVersionRow } from '../../store/deployment-versions.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { HistoryRow } from '../../store/overview.ts';
import type { Store } from '../../store/store.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, say, stateGlyph, table } from '../output.ts';
import { agoInWords } from '../runs/run-facts.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { deploymentName, deploymentTitle } from './deploy-lines.ts';
import { filesInWords, listed, packagesInWords } from './snapshot-lines.ts';

const SCHEDULE_COLUMN = 1;
const HISTORY_SHOWN = 20;

export async function listDeployments(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const all = store.deployments.all();
    if (flags.json) {
      const items = all.map((row) => deploymentSummaryJson(store, row));
      printJson({ schema: 'weir.deployments/1', items, next: null });
      return EXIT.ok;
    }
    if (all.length === 0) say('nothing is deployed: weir up FOLDER deploys its flows');
    else {
      const heading = ['deployment', 'schedule', 'next', 'last run', 'version'].map((cell) => colors.dim(cell));
      const rows = await Promise.all(all.map((row) => cellsOf(store, row, now())));
      print(fitTable([heading, ...rows], SCHEDULE_COLUMN));
    }
    for (const { path, message } of store.brokenFiles.all()) say(`broken: ${firstLine(message, path)}`);
    return EXIT.ok;
  });
}

async function cellsOf(store: Store, row: DeploymentRow, now: number): Promise<string[]> {
  const specs = schedulesOf(store, row).map(({ spec }) => spec);
  const schedules = await Promise.all(specs.map(scheduleInShort));
  const next = nextDueOf(store, row.id);
  const [last] = store.deploymentRuns.history(row.id, 1);
  return [
    plainText(deploymentTitle(row)),
    schedules.length === 0 ? '-' : plainText(schedules.join('; ')),
    isPausedNow(row, now) ? colors.yellow(`paused${untilWhen(row)}`) : nextInWords(specs, next),
    last === undefined ? '-' : lastRun(last, now),
    `${row.number}${row.broken === null ? '' : colors.red(' (its file is broken)')}`,
  ];
}

function nextInWords(specs: readonly ScheduleSpec[], next: number | null): string {
  if (next !== null) return localTime(next);
  return specs.some(({ kind }) => kind === 'reboot') ? 'at boot' : '-';
}

type PauseColumns = Pick<DeploymentRow, 'pausedBy' | 'pausedReason' | 'pausedUntil'>;

function untilWhen({ pausedUntil }: Pick<PauseColumns, 'pausedUntil'>): string {
  return pausedUntil === null ? '' : ` until ${localTime(pausedUntil)}`;
}

/** `by ada until 2026-11-24 06:00:00: migration` */
function pauseInWords(row: PauseColumns): string {
  const { pausedBy, pausedReason } = row;
  return `by ${pausedBy ?? 'somebody'}${untilWhen(row)}${pausedReason === null ? '' : `: ${plainText(pausedReason)}`}`;
}

/** `✓ 7, 3h ago` */
export function lastRun(
  { id, type, name, startAt, endAt }: Pick<HistoryRow, 'id' | 'type' | 'name' | 'startAt' | 'endAt'>,
  now: number,
): string {
  const at = endAt ?? startAt;
  const word = type === 'COMPLETED' ? '' : ` ${name}`;
  return `${stateGlyph(type, name)}${word} ${id}${at === null ? '' : `, ${agoInWords(at, now) ?? localTime(at)}`}`;
}

export async function inspectDeployment([text]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const row = anyDeployment(store, text);
    if (flags.json) {
      printJson(deploymentJson(store, row));
      return EXIT.ok;
    }
    const rows: string[][] = [];
    const add = (label: string, value: string | null) => value !== null && rows.push([colors.dim(label), value]);
    add('deployment', colors.bold(plainText(`${row.flow}/${row.name}`)));
    add('description', row.description === '' ? null : plainText(row.description));
    add('flow', `${plainText(row.path)}${row.entry === 'default' ? '' : ` (${row.entry})`}`);
    add(
      'version',
      `${row.number}${row.codeHash === null ? '' : `, code ${row.codeHash.slice(0, 8)}`}${rolledBack(row)}`,
    );
    const snapshot = row.snapshotHash === null ? null : store.snapshots.manifestOf(row.snapshotHash);
    const packages = store.deploymentVersions.byNumber(row.id, row.number)?.definition.packages ?? {};
    add(
      'storage',
      snapshot === null
        ? 'local: what its commands find is the folder as it is'
        : `snapshot ${row.snapshotHash?.slice(0, 8)} of ${filesInWords(snapshot)}: ${listed(snapshot.files.map(({ path }) => path))}`,
    );
    add('packages', Object.keys(packages).length === 0 ? null : packagesInWords(packages));
    if (row.deletedAt !== null) add('deleted', localTime(row.deletedAt));
    if (row.broken !== null) add('broken', colors.red(row.broken.split('\n')[0] ?? ''));
    if (isPausedNow(row, now())) add('paused', pauseInWords(row));
    const schedules = schedulesOf(store, row);
    for (const schedule of schedules) {
      const { text: written, spec, nextAt } = schedule;
      const words = spec.kind === 'rrule' ? ` (${plainText(await scheduleInWords(spec))})` : '';
      const next = nextAt === null ? neverDue([spec]) : `next ${localTime(nextAt)}`;
      const paused = isPausedNow(schedule, now()) ? `, paused ${pauseInWords(schedule)}` : '';
      add('schedule', `${plainText(written)}${words} in ${spec.timezone}, ${next}${paused}`);
    }
    if (schedules.length === 0) add('schedule', 'none');
    add(
      'parameters',
      Object.keys(row.params).length === 0 ? 'those of the flow' : plainText(JSON.stringify(row.params)),
    );
    add('tags', row.tags.length === 0 ? null : plainText(row.tags.join(', ')));
    add('runs in', row.options.infrastructure === 'process' ? 'a process of its own' : 'a thread of the server');
    const runs = store.deploymentRuns.history(row.id, 5);
    add('last runs', runs.length === 0 ? 'none' : runs.map((run) => lastRun(run, now())).join('; '));
    print(table(rows));
    return EXIT.ok;
  });
}

export async function deploymentHistory(
  [text]: [string],
  flags: GlobalFlags & { readonly limit?: string },
): Promise<number> {
  const limit = flags.limit === undefined ? HISTORY_SHOWN : Number(flags.limit);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new WeirError('usage', `--limit is "${flags.limit}"; it must be a whole number from 1`);
  return withEngine(flags, 'command', async ({ store }) => {
    const row = anyDeployment(store, text);
    const versions = store.deploymentVersions.of(row.id, limit);
    if (flags.json) {
      const items = versions.map((version) => deploymentVersionJson(version, row.number));
      printJson({ schema: 'weir.deployment-versions/1', deployment: `${row.flow}/${row.name}`, items, next: null });
      return EXIT.ok;
    }
    const heading = ['version', 'deployed', 'by', 'what changed', 'code'].map((cell) => colors.dim(cell));
    print(table([heading, ...versions.map((version) => versionCells(version, row))]));
    if (row.deletedAt !== null) say(`deleted ${localTime(row.deletedAt)}`);
    else if (versions.length > 1)
      say(colors.dim(`go back: weir deployment rollback ${deploymentName(row)} --to VERSION`));
    return EXIT.ok;
  });
}

function versionCells(
  { number, deployedAt, origin, changed, sameAs, definition }: DeploymentVersionRow,
  row: DeploymentRow,
): string[] {
  const what = sameAs !== null ? `back to version ${sameAs}` : changed.length === 0 ? 'new' : changed.join(', ');
  const current = number === row.number && row.deletedAt === null ? ' *' : '';
  return [`${number}${current}`, localTime(deployedAt), origin, what, definition.codeHash.slice(0, 8)];
}

/** As `findDeployment`, and also one that was deleted, when it is named and no living one is. */
function anyDeployment(store: Store, text: string): DeploymentRow {
  return findDeployment(store, text, { withDeleted: true });
}

function schedulesOf(store: Store, { id }: DeploymentRow) {
  return store.deployments.schedulesOf(id).map((row) => {
    const spec = JSON.parse(row.spec) as ScheduleSpec;
    return { ...row, spec, text: scheduleText(spec) };
  });
}

function rolledBack({ setAside }: DeploymentRow): string {
  return setAside === null ? '' : ', rolled back: its file is deployed again when it changes';
}

/** The file is named once: most messages begin with it. */
function firstLine(message: string, path: string): string {
  const [line = ''] = message.split('\n');
  return plainText(line.includes('/') ? line : `${path}: ${line}`);
}

/** `0 2 * * *`, or `nightly: 0 2 * * *` where it has a name. */
export function scheduleText(spec: ScheduleSpec): string {
  const { name } = spec;
  return name === null ? scheduleIdentity(spec) : `${name}: ${scheduleIdentity({ ...spec, name: null })}`;
}
