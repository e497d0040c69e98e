/** `weir model ls` and `inspect`: what is registered, what is in Production, and how it came there. */
import { modelJson } from '../../engine/tell/model-json.ts';
import { isoTime } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
import { comparisonInWords } from '../../model/promotion.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import type { DecisionRow } from '../../store/registry.ts';
import { colors, print, printJson, say, showMetrics, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';

export async function listModels(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const items = store.registry.listModels();
    if (flags.json) printJson({ schema: 'weir.models/1', items, next: null });
    else if (items.length === 0) say('no model has been registered yet: weir model register NAME FILE');
    else {
      const rows = items.map((item) => [item.name, String(item.versions), String(item.production ?? '-')]);
      print(table([heading('model', 'versions', 'production'), ...rows]));
    }
    return EXIT.ok;
  });
}

/** Versions and decisions, oldest first. */
export async function inspectModel([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    if (flags.json) printJson(modelJson(store, name));
    else {
      const versions = store.registry.list(name).toReversed();
      const decisions = store.registry.decisions(name).toReversed();
      print(
        table([heading('version', 'stage', 'aliases', 'metrics', 'run', 'registered'), ...versions.map(versionRow)]),
      );
      if (decisions.length > 0)
        print(`\n${table([heading('decided', 'run', 'decision'), ...decisions.map(decisionRow)])}`);
    }
    return EXIT.ok;
  });
}

function versionRow({ version, stage, aliases, metrics, run, createdAt }: ModelVersion): string[] {
  const stageShown = stage === 'Production' ? colors.green(stage) : stage === 'None' ? '-' : stage;
  return [
    String(version),
    stageShown,
    aliases.join(', ') || '-',
    showMetrics(metrics),
    String(run ?? '-'),
    shortTime(createdAt),
  ];
}

function decisionRow(row: DecisionRow): string[] {
  const undone = row.undone_at === null ? '' : colors.dim(' (undone by a rollback)');
  return [shortTime(row.at), String(row.run ?? '-'), `${decisionInWords(row)}${undone}`];
}

function decisionInWords({ kind, promoted, candidate, production, reason }: DecisionRow): string {
  switch (kind) {
    case 'compare':
      return comparisonInWords({ promoted, candidate, production, reason });
    case 'promote':
      return `version ${candidate} ${reason}`;
    case 'rollback':
      return reason;
  }
}

function heading(...cells: string[]): string[] {
  return cells.map((cell) => colors.dim(cell));
}

function shortTime(at: number): string {
  return isoTime(at).replace('T', ' ').slice(0, 19);
}
