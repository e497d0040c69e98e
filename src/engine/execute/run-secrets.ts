/**
 * The secrets of runs that are executed here: opened for them, and masked in all that they tell, in every attempt. What a
 * run got counts for the whole tree that it stands in: values pass between a flow and its subflows.
 * A run that got none must cost nothing.
 */
import { WeirError } from '../../model/errors.ts';
import { Mask } from '../../model/mask.ts';
import { maskTexts, maskValue } from '../../model/mask-json.ts';
import { MaskedStreams } from '../../model/masked-streams.ts';
import type { Report } from '../../model/report.ts';
import type { SubflowCall } from '../../model/request.ts';
import type { Release } from '../../pool/source.ts';
import type { Store } from '../../store/store.ts';
import type { ActiveRun } from './active-run.ts';
import { maskReport } from './masked-report.ts';
import type { SecretKeeper } from './secrets.ts';

export interface RunSecrets {
  /** @throws WeirError that names the one that is missing or cannot be opened */
  open(run: ActiveRun, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** null: the run got no secret. */
  maskOf(run: ActiveRun): Mask | null;
  reports(run: ActiveRun, reports: readonly Report[]): readonly Report[];
  release(run: ActiveRun | undefined, release: Release): Release;
  /** Texts that go into rows otherwise, however deep in `data`. */
  texts<T>(run: ActiveRun, data: T): T;
  /** A subflow's call as its row may hold it. */
  subflow(run: ActiveRun, call: SubflowCall): SubflowCall;
  /** @throws WeirError when the text, told as `what`, would be readable for everybody */
  refuseIn(run: ActiveRun, text: string, what: string): void;
}

export function createRunSecrets(secrets: SecretKeeper, { flowRuns }: Pick<Store, 'flowRuns'>): RunSecrets {
  /** By the run at the root. */
  const masks = new WeakMap<ActiveRun, Mask | null>();
  const streams = new WeakMap<ActiveRun, MaskedStreams>();
  /** Values that are known to be noted already: a thousand commands of a run need no thousand commits. */
  const noted = new WeakMap<ActiveRun, Set<number>>();

  /** Hooks of a subflow may run without its parent: then only the rows know who is at the root. */
  function rootIdOf({ row }: ActiveRun): number {
    let { id, parentRunId } = row;
    while (parentRunId !== null) {
      id = parentRunId;
      parentRunId = flowRuns.byId(id)?.parentRunId ?? null;
    }
    return id;
  }

  function maskAtRoot(root: ActiveRun): Mask | null {
    const known = masks.get(root);
    if (known !== undefined) return known;
    // Only an earlier attempt, or the one whose hooks are left, can have got any.
    const isFirst = root.attempt === 1 && root.hooksDue === null && root.row.parentRunId === null;
    const values = isFirst ? [] : secrets.ofRun(rootIdOf(root));
    const mask = values.length === 0 ? null : new Mask(values);
    masks.set(root, mask);
    return mask;
  }

  const maskOf = (run: ActiveRun) => maskAtRoot(rootOf(run));

  return {
    maskOf,

    async open(run, names) {
      const root = rootOf(run);
      const known = noted.get(root) ?? new Set();
      noted.set(root, known);
      const values = await secrets.open(rootIdOf(root), names, known);
      masks.set(root, (maskAtRoot(root) ?? new Mask([])).with(values.values()));
      return values;
    },

    reports(run, reports) {
      const mask = maskOf(run);
      if (mask === null) return reports;
      const own = streams.get(run) ?? new MaskedStreams();
      streams.set(run, own);
      return reports.map((report) => maskReport(mask, report, own));
    },

    release(run, release) {
      const mask = run === undefined || !('reason' in release) ? null : maskOf(run);
      return mask === null || !('reason' in release) ? release : { ...release, reason: mask.text(release.reason) };
    },

    texts(run, data) {
      const mask = maskOf(run);
      return mask === null ? data : maskTexts(mask, data);
    },

    subflow(run, call) {
      const mask = maskOf(run);
      if (mask === null) return call;
      const { name, tags, params } = call;
      return {
        ...call,
        name: name === null ? null : mask.text(name),
        tags: tags.map((tag) => mask.name(tag)),
        params: maskValue(mask, params),
      };
    },

    refuseIn(run, text, what) {
      if (maskOf(run)?.holds(text) !== true) return;
      throw new WeirError('invalid-value', `${what} holds the value of a secret, which everybody could read there`, {
        hint: 'keep it as a secret of its own: weir secret set NAME',
      });
    },
  };
}

function rootOf(run: ActiveRun): ActiveRun {
  let root = run;
  while (root.parent !== null) root = root.parent;
  return root;
}
