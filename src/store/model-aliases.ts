/** Aliases: names that point to one version of a model each. Which of them Weir sets itself, registry.ts knows. */
import type { Database } from './database.ts';

export interface ModelAliases {
  /** The version an alias points to. */
  versionOf(model: string, alias: string): number | undefined;
  /** In alphabetical order. */
  names(model: string): string[];
  /** Points the alias to a version, or takes it away where that is null. */
  point(model: string, alias: string, version: number | null, now: number): void;
}

export function createModelAliases(database: Database): ModelAliases {
  const aliased = database.prepare(ALIASED).pluck();
  const aliasNames = database.prepare(ALIAS_NAMES).pluck();
  const pointAlias = database.prepare(POINT_ALIAS);
  const dropAlias = database.prepare(DROP_ALIAS);

  return {
    versionOf: (model, alias) => aliased.get({ model, alias }) as number | undefined,
    names: (model) => aliasNames.all({ model }) as string[],
    point(model, alias, version, now) {
      if (version === null) dropAlias.run({ model, alias });
      else pointAlias.run({ model, alias, version, now });
    },
  };
}

const ALIASED = `
select version
from model_aliases
where model = :model
  and alias = :alias`;

const ALIAS_NAMES = `
select alias
from model_aliases
where model = :model
order by alias`;

const POINT_ALIAS = `
insert into model_aliases (model, alias, version, set_at)
values (:model, :alias, :version, :now)
on conflict (model, alias) do update
set version = excluded.version,
    set_at = excluded.set_at
where version <> excluded.version`;

const DROP_ALIAS = `
delete from model_aliases
where model = :model
  and alias = :alias`;
