/**
 * `.weirignore`: what no snapshot takes in, in the language of .gitignore. The last rule that fits a path counts, and what
 * lies in a folder that is left out cannot be asked for again. Pure.
 */

export interface IgnoreRule {
  readonly matches: RegExp;
  /** `!rule`: takes back what an earlier one has left out. */
  readonly isTakenBack: boolean;
  /** `rule/`: folders only. */
  readonly isFolder: boolean;
}

export function parseIgnoreRules(text: string): readonly IgnoreRule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    let rule = line.replace(/(?<!\\)\s+$/, '');
    if (rule === '' || rule.startsWith('#')) return [];
    const isTakenBack = rule.startsWith('!');
    if (isTakenBack) rule = rule.slice(1);
    const isFolder = rule.endsWith('/');
    if (isFolder) rule = rule.slice(0, -1);
    // A rule with a slash counts from the folder of the file, others mean a name at any depth.
    const isAnchored = rule.includes('/');
    rule = rule.replace(/^\//, '');
    if (rule === '') return [];
    return [{ matches: new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${expressionOf(rule)}$`), isTakenBack, isFolder }];
  });
}

/** Whether a file is left out. `path`: below the folder of the rules, with `/`. */
export function isIgnored(rules: readonly IgnoreRule[], path: string): boolean {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const part = parts.slice(0, depth).join('/');
    const rule = rules.findLast((each) => (!each.isFolder || depth < parts.length) && each.matches.test(part));
    if (rule !== undefined && !rule.isTakenBack) return true;
  }
  return false;
}

function expressionOf(glob: string): string {
  let expression = '';
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] ?? '';
    const rest = glob.slice(at);
    const set = /^\[(!|\^)?(\]?[^\]]*)\]/.exec(rest);
    if (rest.startsWith('**/') && (at === 0 || glob[at - 1] === '/')) {
      expression += '(?:.*/)?';
      at += 2;
    } else if (rest === '**' && glob[at - 1] === '/') {
      expression += '.+';
      at++;
    } else if (char === '*') expression += '[^/]*';
    else if (char === '?') expression += '[^/]';
    else if (set !== null) {
      expression += `[${set[1] === undefined ? '' : '^'}${(set[2] ?? '').replaceAll(/[\\\]]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else {
      if (char === '\\') at++;
      expression += escaped(char === '\\' ? (glob[at] ?? '\\') : char);
    }
  }
  return expression;
}

function escaped(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}
