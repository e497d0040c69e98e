/**
 * From flow files to deployments: describes files in hosts, deploys what they hold, and takes away what is gone. What
 * `weir up` deploys is named `default`; others of the same flow get its new code, too.
 * A broken file never removes or changes what it deployed before, and of two flows of one name the first keeps its place.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { unpackCode } from '../../model/packed-code.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Engine } from '../engine.ts';
import { inOrder } from '../in-order.ts';
import {
  carryOut,
  codeKeyOf,
  type DeployParts,
  type DeployPlan,
  isUnchanged,
  overridesFor,
  planDeploy,
  takeAway,
} from './deploy.ts';
import { type CollectedSnapshot, IGNORE_FILE } from './project-files.ts';
import { collectSnapshot } from './snapshots.ts';

/** What became of a file, or of a deployment. */
export type CatalogChange =
  | {
      /** `set-aside`: it was rolled back, and the file is as it was when that was done. */
      readonly kind: 'deployed' | 'unchanged' | 'set-aside';
      readonly deployment: DeploymentRow;
      readonly isNew: boolean;
      readonly wasBroken: boolean;
      readonly changed: readonly string[];
    }
  | {
      readonly kind: 'broken';
      readonly path: string;
      readonly error: WeirError;
      /** What goes on with its last good version. */
      readonly keeps: readonly DeploymentRow[];
    }
  | {
      readonly kind: 'removed';
      readonly deployment: DeploymentRow;
      /** False: the file is there, and has no flow of that name any more. */
      readonly isFileGone: boolean;
    };

export interface CatalogLook {
  /** New, or perhaps changed. */
  readonly paths: readonly string[];
  /** Without any flow by now. */
  readonly gone: readonly string[];
  /** Not there at this moment; they may come back, and cannot keep others from having their flows meanwhile. */
  readonly missing: ReadonlySet<string>;
}

export interface Catalog {
  /**
   * Takes those files as deployed whose text is that of the code that is deployed from them, without loading them: a
   * server with many flows can begin at once. What else a definition hangs on (its environment) is seen when they are
   * described afterwards.
   */
  takeUnchanged(paths: readonly string[]): Promise<ReadonlyMap<string, readonly CatalogChange[]>>;
  update(look: CatalogLook): Promise<readonly CatalogChange[]>;
  /** Files that could not be deployed as they are, and why. */
  readonly broken: ReadonlyMap<string, string>;
  /** Project files that a flow file was loaded from when it was described last, itself included. */
  filesOf(path: string): readonly string[];
}

export const DEPLOYMENT_NAME = 'default';
const DESCRIBED_AT_ONCE = 2;

/** By `flow/name`; of deployments that are kept as such. */
type Snapshots = ReadonlyMap<string, CollectedSnapshot>;

type Described = { readonly path: string } & (
  | { readonly flows: readonly FlowDescription[] }
  | { readonly error: WeirError }
);

export function createCatalog(engine: Engine, answerDue: DeployParts['answerDue']): Catalog {
  const { store, now } = engine;
  const parts: DeployParts = { store, now, kernelBootId: engine.kernelBootId, answerDue };
  /** Flow names by file, as they were described last. */
  const flowsOf = new Map<string, readonly string[]>();
  const filesOf = new Map<string, readonly string[]>();
  const broken = new Map<string, string>();
  let missing: ReadonlySet<string> = new Set();

  async function describe(path: string): Promise<Described> {
    try {
      return { path, flows: await engine.pool.describe(path) };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      return { path, error };
    }
  }

  /** A file whose flows are deployed already comes before those that would take their names; who was refused, last. */
  function firstComesFirst(paths: readonly string[]): string[] {
    const rank = (path: string) => (store.deployments.ofPath(path).length > 0 ? 0 : broken.has(path) ? 2 : 1);
    return [...paths].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }

  function refuseTwin(path: string, flow: string): void {
    const isOther = (file: string) => file !== path && !missing.has(file);
    const other = [...flowsOf].find(([file, names]) => isOther(file) && names.includes(flow))?.[0];
    if (other === undefined) return;
    throw new WeirError('conflict', `two files have a flow named "${flow}": ${other} and ${path}`, {
      hint: `${other} is deployed; give one of them another name`,
    });
  }

  /** Of the deployments that a flow of this file has, or is to have. */
  function namesOf(path: string, flow: FlowDescription): string[] {
    const others = store.deployments.ofPath(path).filter((each) => each.flow === flow.name);
    return [...new Set([DEPLOYMENT_NAME, ...others.map(({ name }) => name)])];
  }

  function hasSnapshot(path: string): boolean {
    return store.deployments.ofPath(path).some(({ overrides }) => overrides.storage === 'snapshot');
  }

  /** Read before the transaction, which must not wait for a disk. */
  function snapshotsOf(path: string, flows: readonly FlowDescription[]): Snapshots {
    const found = new Map<string, CollectedSnapshot>();
    for (const flow of flows)
      for (const name of namesOf(path, flow)) {
        const overrides = overridesFor(store, flow.name, name);
        const snapshot = collectSnapshot(store, { path, flow, name, overrides });
        if (snapshot !== null) found.set(`${flow.name}/${name}`, snapshot);
      }
    return found;
  }

  /** What the flows of a file become: all of them, or none when one means nothing. */
  function plansOf(path: string, flows: readonly FlowDescription[], snapshots: Snapshots): DeployPlan[] {
    return flows.flatMap((flow) => {
      return namesOf(path, flow).map((name) => {
        try {
          const snapshot = snapshots.get(`${flow.name}/${name}`) ?? null;
          return planDeploy(store, { path, flow, name, origin: 'up', snapshot }, now());
        } catch (error) {
          throw error instanceof WeirError ? inFile(path, error) : error;
        }
      });
    });
  }

  /** Call it inside a transaction. */
  function deployFile(path: string, flows: readonly FlowDescription[], snapshots: Snapshots): CatalogChange[] {
    const names = flows.map(({ name }) => name);
    for (const name of names) refuseTwin(path, name);
    const plans = plansOf(path, flows, snapshots);
    const changes: CatalogChange[] = [];
    for (const plan of plans) changes.push(deployPlan(plan, broken.has(path)));
    flowsOf.set(path, names);
    for (const deployment of store.deployments.ofPath(path))
      if (!names.includes(deployment.flow)) changes.push(remove(deployment, false));
    store.brokenFiles.remove(path);
    store.deployments.clearBroken(path);
    return changes;
  }

  function deployPlan(plan: DeployPlan, isMarkedBroken: boolean): CatalogChange {
    const { former, changed, definition } = plan;
    const wasBroken = isMarkedBroken || (former !== null && former.broken !== null);
    const isStanding = former !== null && former.deletedAt === null;
    if (isStanding && former.setAside === codeKeyOf(definition) && former.path === definition.path)
      return { kind: 'set-aside', deployment: former, isNew: false, wasBroken, changed: [] };
    if (former !== null && isUnchanged(plan))
      return { kind: 'unchanged', deployment: former, isNew: false, wasBroken, changed: [] };
    return { kind: 'deployed', deployment: carryOut(parts, plan), isNew: !isStanding, wasBroken, changed };
  }

  function remove(deployment: DeploymentRow, isFileGone: boolean): CatalogChange {
    takeAway(parts, deployment);
    return { kind: 'removed', deployment, isFileGone };
  }

  /** Call it inside a transaction. */
  function breakFile(path: string, error: WeirError): CatalogChange {
    const { message, hint } = error;
    store.brokenFiles.put(path, message, hint ?? null, now());
    // The other of two twins is not to blame for what the first has deployed from its own file.
    if (error.code !== 'conflict') store.deployments.markBroken(path, message, now());
    return { kind: 'broken', path, error, keeps: store.deployments.ofPath(path) };
  }

  /** Each file is one transaction of its own: what is wrong with one must not hold up the others. */
  async function deployOrBreak(found: Described): Promise<readonly CatalogChange[]> {
    const { path } = found;
    let changes: readonly CatalogChange[];
    try {
      if ('error' in found) throw found.error;
      const loaded = found.flows.flatMap(({ files }) => files);
      // Until its snapshot can be made, a change of any file that it had may mend it.
      filesOf.set(path, [...new Set([...loaded, ...(hasSnapshot(path) ? (filesOf.get(path) ?? []) : [])])]);
      const snapshots = snapshotsOf(path, found.flows);
      // An edited script is a new version of what is kept as a snapshot.
      filesOf.set(path, [...new Set([...loaded, ...[...snapshots.values()].flatMap((each) => pathsOf(each, path))])]);
      changes = await store.writer.write(() => deployFile(path, found.flows, snapshots));
      broken.delete(path);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const change = await store.writer.write(() => breakFile(path, error));
      // Looked at again, and still broken in the same way: that has been told.
      changes = broken.get(path) === error.message ? [] : [change];
      broken.set(path, error.message);
    }
    return changes;
  }

  /** Null: it must be described to know what it is. */
  async function unchangedIn(path: string, brokenPaths: ReadonlySet<string>): Promise<readonly CatalogChange[] | null> {
    const all = store.deployments.ofPath(path);
    const hashes = new Set(all.map(({ codeHash }) => codeHash));
    const [hash] = hashes;
    if (hashes.size !== 1 || hash == null || brokenPaths.has(path) || all.some(({ setAside }) => setAside !== null))
      return null;
    // What else belongs to a snapshot is known when it is collected.
    if (all.some(({ snapshotHash }) => snapshotHash !== null)) return null;
    // One that somebody has deleted is deployed again at a start.
    if (store.deployments.deleted().some((each) => each.path === path)) return null;
    const packed = store.codeVersions.filesOf(hash);
    if (packed === null) return null;
    const { files } = unpackCode(packed);
    const texts = await Promise.all(files.map(([file]) => readFile(file, 'utf8').catch(() => null)));
    if (!files.some(([file]) => file === path) || texts.some((text, index) => text !== files[index]?.[1])) return null;
    flowsOf.set(path, [...new Set(all.map(({ flow }) => flow))]);
    filesOf.set(
      path,
      files.map(([file]) => file),
    );
    return all.map((deployment) => ({
      ...({ kind: 'unchanged', deployment, isNew: false, wasBroken: false, changed: [] } as const),
    }));
  }

  return {
    async takeUnchanged(paths) {
      const taken = new Map<string, readonly CatalogChange[]>();
      const brokenPaths = new Set(store.brokenFiles.all().map(({ path }) => path));
      for (const path of paths) {
        const changes = await unchangedIn(path, brokenPaths);
        if (changes !== null) taken.set(path, changes);
      }
      return taken;
    },
    broken,
    filesOf: (path) => filesOf.get(path) ?? [path],
    async update({ paths, gone, missing: absent }) {
      const changes: CatalogChange[] = [];
      missing = absent;
      // A flow that has moved to another file is there before its former file is looked at.
      for (const path of gone) flowsOf.delete(path);
      for await (const found of inOrder(firstComesFirst(paths), DESCRIBED_AT_ONCE, describe))
        changes.push(...(await deployOrBreak(found)));
      for (const path of gone) {
        filesOf.delete(path);
        broken.delete(path);
        const removed = await store.writer.write(() => {
          store.brokenFiles.remove(path);
          return store.deployments.ofPath(path).map((deployment) => remove(deployment, true));
        });
        changes.push(...removed);
      }
      return changes;
    },
  };
}

/** What changes it, the rules for what is left out included. */
function pathsOf({ manifest: { root, files } }: CollectedSnapshot, flow: string): string[] {
  return [join(dirname(flow), IGNORE_FILE), ...files.map(({ path }) => join(root, path))];
}

function inFile(path: string, error: WeirError): WeirError {
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new WeirError('invalid-flow', `${path}: ${error.message}`, { ...hint, cause: error });
}
