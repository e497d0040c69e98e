/** Settings as people read them: the value that counts, and where it comes from. */
import { relative } from 'node:path';
import { databaseOf, keyFileOf, type ResolvedSetting, resolveSetting, SETTINGS, type Source } from '../../config.ts';
import type { SettingLine } from '../../http/server.ts';
import { configuration } from '../configured.ts';

/** As it counts: files with their whole path. */
export function valueText(resolved: ResolvedSetting): string | null {
  try {
    if (resolved.setting.name === 'db') return databaseOf(resolved, process.env);
    return resolved.setting.name === 'key_file' ? keyFileOf(resolved, process.env) : resolved.text;
  } catch {
    return resolved.text;
  }
}

export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'flag':
      return source.flag;
    case 'environment':
      return source.variable;
    case 'file': {
      const near = relative(process.cwd(), source.path);
      return `${near.startsWith('../..') ? source.path : near}:${source.line}`;
    }
    case 'default':
      return 'default';
  }
}

/** What a server was started with, for its page. */
export function settingLines(flags: Parameters<typeof resolveSetting>[1]): SettingLine[] {
  return SETTINGS.map((setting) => {
    const resolved = resolveSetting(setting, flags, process.env, configuration());
    return { name: setting.name, value: valueText(resolved), source: sourceText(resolved.source), help: setting.help };
  });
}
