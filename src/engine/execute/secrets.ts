/**
 * Secrets of this database for whoever may have them: set and unset by people, opened for the runs that name them. Which
 * run got which value is kept before the value is given away, so that no later attempt shows it either.
 */
import { nearest, WeirError } from '../../model/errors.ts';
import { checkSecretValue, parseSecretName } from '../../model/secret.ts';
import { open, seal } from '../../store/sealing.ts';
import { makeSecretKey, readSecretKey, type SecretKey } from '../../store/secret-key.ts';
import type { SecretRow } from '../../store/secrets.ts';
import type { Store } from '../../store/store.ts';

/** A secret as it may be shown. */
export interface SecretView {
  readonly name: string;
  /** Epoch ms. */
  readonly setAt: number;
  /** Why it cannot be opened here; null: it can. */
  readonly problem: string | null;
}

export interface SecretKeeper {
  /** Seals the value, with a new key where there is none yet. Gives the names that only another key could open. */
  set(
    name: string,
    value: string,
  ): Promise<{ readonly isNew: boolean; readonly isNewKey: boolean; readonly lost: readonly string[] }>;
  /** @throws WeirError `not-found` with what was probably meant */
  unset(name: string): Promise<void>;
  list(): SecretView[];
  /**
   * The values of these secrets, for the run at the root. They are noted as the run's before this resolves; `noted` has
   * those that are, by their ids.
   * @throws WeirError that names the first one that is missing or cannot be opened
   */
  open(rootRunId: number, names: readonly string[], noted?: Set<number>): Promise<ReadonlyMap<string, string>>;
  /** Every value that the run at the root has got so far; what cannot be opened any more is left out. */
  ofRun(rootRunId: number): string[];
}

export interface SecretKeeperParts {
  readonly store: Pick<Store, 'secrets' | 'writer'>;
  /** null: there is no home folder, and no setting says where. */
  readonly keyFile: string | null;
  readonly now: () => number;
}

export function createSecretKeeper({ store, keyFile: given, now }: SecretKeeperParts): SecretKeeper {
  const { secrets, writer } = store;
  const keyFile = given ?? 'a place that only WEIR_KEY_FILE can name, as there is no home folder';
  const readKey = () => (given === null ? null : readSecretKey(given));

  /** In one sentence, what to do included: a run that failed shows nothing but the message. */
  function openRow(row: SecretRow, key: SecretKey | null): string {
    const { name, keyId } = row;
    if (key === null)
      throw new WeirError(
        'not-found',
        `the secret ${name} cannot be opened, because its key is missing at ${keyFile}: put that file back, or set the secret again with: weir secret set ${name}`,
      );
    const value = keyId === key.id ? open(key, name, row) : null;
    if (value !== null) return value;
    const why = keyId === key.id ? 'it is damaged' : `it was sealed with another key than that in ${keyFile}`;
    throw new WeirError(
      'not-found',
      `the secret ${name} cannot be opened, because ${why}: set it again with: weir secret set ${name}`,
      { hint: 'or say where its own key is with WEIR_KEY_FILE' },
    );
  }

  function nearestTo(name: string): string | undefined {
    const names = secrets.all().map((secret) => secret.name);
    return nearest(name, names);
  }

  function existing(name: string): SecretRow {
    const row = secrets.byName(name);
    if (row !== null) return row;
    const near = nearestTo(name);
    const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
    throw new WeirError('not-found', `there is no secret ${name}${meant}: set it with: weir secret set ${name}`);
  }

  return {
    async set(name, value) {
      parseSecretName(name);
      checkSecretValue(name, value);
      if (given === null)
        throw new WeirError('usage', 'there is no home folder to keep the key of the secrets in', {
          hint: 'say where with WEIR_KEY_FILE, outside the folder of the database',
        });
      const isNewKey = readKey() === null;
      const key = makeSecretKey(given);
      const isNew = secrets.byName(name) === null;
      await writer.write(() => secrets.put(name, key.id, seal(key, name, value), now()));
      const lost = secrets.all().filter((secret) => secret.keyId !== key.id);
      return { isNew, isNewKey, lost: lost.map((secret) => secret.name) };
    },

    async unset(name) {
      const wasThere = await writer.write(() => secrets.unset(name, now()));
      if (wasThere) return;
      const near = nearestTo(name);
      throw new WeirError('not-found', `there is no secret ${name}`, {
        hint: near === undefined ? 'weir secret ls' : `did you mean ${near}?`,
      });
    },

    list() {
      const rows = secrets.all();
      if (rows.length === 0) return [];
      const { id, problem } = keyForList(readKey, keyFile);
      return rows.map(({ name, setAt, keyId }) => ({
        name,
        setAt,
        problem: problem ?? (keyId === id ? null : 'sealed with another key'),
      }));
    },

    async open(rootRunId, names, noted = new Set()) {
      const rows = names.map(existing);
      const key = rows.length === 0 ? null : readKey();
      const values = new Map(rows.map((row) => [row.name, openRow(row, key)]));
      const fresh = rows.filter(({ id }) => !noted.has(id));
      if (fresh.length === 0) return values;
      await writer.write(() => {
        for (const { id } of fresh) secrets.noteUse(rootRunId, id);
      });
      for (const { id } of fresh) noted.add(id);
      return values;
    },

    ofRun(rootRunId) {
      const rows = secrets.ofRun(rootRunId);
      if (rows.length === 0) return [];
      try {
        const key = readKey();
        return key === null ? [] : rows.map((row) => open(key, row.name, row)).filter((value) => value !== null);
      } catch {
        // Without its key nothing of it can be got now, either.
        return [];
      }
    },
  };
}

function keyForList(
  readKey: () => SecretKey | null,
  keyFile: string,
): { readonly id: string | null; readonly problem: string | null } {
  try {
    const key = readKey();
    return key === null ? { id: null, problem: `its key is missing: ${keyFile}` } : { id: key.id, problem: null };
  } catch (error) {
    return { id: null, problem: (error as Error).message };
  }
}
