/** GET /flows/:name/source: the files of a deployed version, or what differs between two. Everything shown is bounded. */
import { basename, dirname, relative } from 'node:path';
import { structuredPatch } from 'diff';
import type { Hono } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import type { DeploymentVersionRow } from '../../../store/deployment-versions.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { Store } from '../../../store/store.ts';
import { sourcePage } from '../../../web/address.ts';
import {
  type DiffView,
  type FileDiff,
  type FileView,
  SOURCE_STYLE,
  type SourceData,
  SourcePage,
  type VersionLine,
} from '../../../web/pages/flow/source.tsx';
import { parseNumber } from '../../query.ts';
import type { Pages } from '../../send-page.ts';
import { unknownFlow } from './flow.ts';
import { firstLines, linesOf, textsOf } from './source.ts';

const VERSIONS_SHOWN = 20;
const LINES_A_PAGE = 400;
const CHARACTERS_A_PAGE = 20_000;
const FILES_NAMED = 40;
const DIFF_LINES = 300;
const LARGEST_COMPARED = 300_000;
const MOST_EDITS = 2000;

interface Asked {
  readonly deployment: string | undefined;
  readonly version: number | undefined;
  readonly against: number | undefined;
  readonly file: string | undefined;
  readonly from: number;
}

export function bindSource(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/flows/:name/source', (c) => {
    const flow = c.req.param('name');
    const { deployment, version, against, file, from } = c.req.query();
    const number = (name: string, text: string | undefined) =>
      parseNumber<number | undefined>(name, text, 1, Number.MAX_SAFE_INTEGER, undefined);
    const asked: Asked = {
      deployment: deployment || undefined,
      version: number('version', version),
      against: number('against', against),
      file: file || undefined,
      from: number('from', from) ?? 1,
    };
    return pages.send(c, (clock) => ({
      title: `Source of ${flow}`,
      active: 'flows',
      style: SOURCE_STYLE,
      content: SourcePage({ data: gatherSource(store, flow, asked), clock }),
    }));
  });
}

function gatherSource(store: Store, flow: string, asked: Asked): SourceData {
  const rows = store.deployments.ofFlow(flow);
  const row = asked.deployment === undefined ? rows[0] : rows.find(({ name }) => name === asked.deployment);
  if (row === undefined) {
    if (asked.deployment !== undefined)
      throw new WeirError('not-found', `the flow "${flow}" has no deployment "${asked.deployment.slice(0, 100)}"`);
    return undeployed(store, flow, asked);
  }
  const found = store.deploymentVersions.of(row.id, VERSIONS_SHOWN + 1);
  const versions = found.slice(0, VERSIONS_SHOWN);
  const shown = versionOf(store, row, asked.version ?? row.number);
  return {
    flow,
    deployment: row.name,
    deployments: rows.map(({ name }) => name),
    versions: versions.map((version) => versionLine(version, row.number)),
    hasMore: found.length > versions.length,
    version: shown?.number ?? null,
    content:
      shown === null
        ? fileView(store, { flow, path: row.path, codeHash: row.codeHash, asked, deployment: row.name })
        : asked.against === undefined
          ? fileView(store, { flow, ...shown.definition, asked, deployment: row.name })
          : differences(store, required(versionOf(store, row, asked.against), row, asked.against), shown),
  };
}

/** A flow that only the command line runs: what its last run was loaded from. */
function undeployed(store: Store, flow: string, asked: Asked): SourceData {
  const kept = store.flowHistory.latestCode(flow);
  if (kept === null && store.flowHistory.runs(flow, 1).length === 0) throw unknownFlow(store, flow);
  const path = kept?.path ?? '';
  const content = fileView(store, { flow, path, codeHash: kept?.codeHash ?? null, asked, deployment: null });
  return { flow, deployment: null, deployments: [], versions: [], hasMore: false, version: null, content };
}

/** Null: the deployment is of a time when versions were not kept. */
function versionOf(store: Store, row: DeploymentRow, number: number): DeploymentVersionRow | null {
  if (number === 0) return null;
  return required(store.deploymentVersions.byNumber(row.id, number), row, number);
}

function required(version: DeploymentVersionRow | null, row: DeploymentRow, number: number): DeploymentVersionRow {
  if (version !== null) return version;
  throw new WeirError('not-found', `the deployment ${row.flow}/${row.name} has no version ${number}`, {
    hint: `it has versions up to ${row.number}`,
  });
}

function versionLine(
  { number, deployedAt, changed, origin, sameAs }: DeploymentVersionRow,
  current: number,
): VersionLine {
  const words = changed.length === 0 ? (number === 1 ? 'first deployed' : '') : changed.join(', ');
  const back = origin === 'rollback' && sameAs !== null ? `rolled back to ${sameAs}` : '';
  return {
    number,
    isCurrent: number === current,
    deployedAt,
    changed: [back, words].filter((each) => each !== '').join(': '),
  };
}

const GONE = {
  kind: 'gone',
  sentence: 'The files of this version were not kept: runs of an older Weir, or of a command, have none.',
} as const;

function fileView(
  store: Store,
  parts: {
    readonly flow: string;
    readonly path: string;
    readonly codeHash: string | null;
    readonly asked: Asked;
    readonly deployment: string | null;
  },
): FileView | typeof GONE {
  const { flow, path, codeHash, asked, deployment } = parts;
  const texts = codeHash === null ? null : textsOf(store, codeHash);
  if (texts === null) return GONE;
  const names = namesOf(texts, path);
  const file = asked.file ?? names.keys().next().value;
  const text = file === undefined ? undefined : texts.get(names.get(file) ?? '');
  if (file === undefined || text === undefined)
    throw new WeirError('not-found', `this version has no file "${(file ?? '').slice(0, 200)}"`, {
      hint: `it has ${[...names.keys()].slice(0, 10).join(', ')}`,
    });
  const all = linesOf(text);
  const from = Math.min(asked.from, all.length);
  const lines = firstLines(all.slice(from - 1), LINES_A_PAGE, CHARACTERS_A_PAGE);
  const at = (line: number) => {
    const address = sourcePage(flow, { deployment: deployment ?? undefined, version: asked.version, file });
    return `${address}&from=${line}#content`;
  };
  const end = from + lines.length;
  return {
    kind: 'file',
    files: [...names.keys()].slice(0, FILES_NAMED),
    file,
    lines,
    from,
    lineCount: all.length,
    earlier: from > 1 ? at(Math.max(1, from - LINES_A_PAGE)) : null,
    later: end <= all.length ? at(end) : null,
  };
}

/** From names relative to the folder of the flow's file to paths; that file first. */
function namesOf(texts: ReadonlyMap<string, string>, path: string): ReadonlyMap<string, string> {
  const paths = [...texts.keys()].sort((a, b) => Number(b === path) - Number(a === path) || (a < b ? -1 : 1));
  return new Map(paths.map((each) => [each === path ? basename(path) : relative(dirname(path), each), each]));
}

function differences(store: Store, former: DeploymentVersionRow, next: DeploymentVersionRow): DiffView | typeof GONE {
  const [before, after] = [former, next].map(({ definition }) => namedTexts(store, definition));
  if (before === undefined || after === undefined || before === null || after === null) return GONE;
  const files: FileDiff[] = [];
  let left = DIFF_LINES;
  let isCut = false;
  for (const file of new Set([...after.keys(), ...before.keys()])) {
    const [from, to] = [before.get(file) ?? '', after.get(file) ?? ''];
    if (from === to) continue;
    if (left <= 0) {
      isCut = true;
      break;
    }
    const lines = linesBetween(from, to);
    isCut ||= lines !== null && lines.length > left;
    files.push({ file, lines: lines === null ? null : lines.slice(0, left).map((line) => line.slice(0, 300)) });
    left -= lines?.length ?? 1;
  }
  return { kind: 'diff', against: former.number, files, isCut };
}

/** Name, relative to the flow's file, to text. */
function namedTexts(store: Store, { path, codeHash }: { readonly path: string; readonly codeHash: string }) {
  const texts = textsOf(store, codeHash);
  if (texts === null) return null;
  return new Map([...namesOf(texts, path)].map(([name, each]) => [name, texts.get(each) ?? '']));
}

function linesBetween(from: string, to: string): string[] | null {
  if (from.length > LARGEST_COMPARED || to.length > LARGEST_COMPARED) return null;
  const options = { context: 3, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', from, to, undefined, undefined, options);
  if (patch === undefined) return null;
  return patch.hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@ line ${oldStart}, now ${newStart}`,
    ...lines.filter((line) => !line.startsWith('\\')),
  ]);
}
