/** The words of a filter as the fields of its form hold them, and as chips. Pure. */
import { joinFilter } from '../../../model/filter-text.ts';
import { type Chip, type FilterFields, OFFERED_STATES } from '../../../web/pages/runs/filter-form.tsx';
import { TRIGGERS } from '../../../web/run-table.tsx';

/** A field holds one value; what it cannot hold stays in the line of words. */
export function fieldsOf(words: readonly string[]): FilterFields {
  const rest: string[] = [];
  const fields = { flow: '', tag: '', trigger: '', since: '', until: '' };
  const states: string[] = [];
  for (const word of words) {
    const [key = '', value = ''] = partsOf(word);
    if (key === 'state') {
      const asked = value.split(',');
      if (asked.every((each) => OFFERED_STATES.some((state) => state.word === each))) states.push(...asked);
      else rest.push(word);
    } else if (isField(key, fields) && fields[key] === '' && !value.includes(',') && isOffered(key, value))
      fields[key] = value;
    else rest.push(word);
  }
  return { ...fields, states, q: lineOf(rest) };
}

export function chipsOf(words: readonly string[]): Chip[] {
  return words.map((word, place) => ({
    text: lineOf([word]),
    without: joinFilter(words.filter((_, other) => other !== place)),
  }));
}

/** As people write it: text without its key where that is read alike. */
export function lineOf(words: readonly string[]): string {
  return words
    .map((word) => {
      const [key, value = ''] = partsOf(word);
      if (key !== 'text') return joinFilter([word]);
      return /^[^\s":]+$/.test(value) ? value : `"${value.replaceAll(/(["\\])/g, '\\$1')}"`;
    })
    .join(' ');
}

function partsOf(word: string): [string, string] {
  const colon = word.indexOf(':');
  return [word.slice(0, colon), word.slice(colon + 1)];
}

function isField<T extends object>(key: string, fields: T): key is Extract<keyof T, string> {
  return Object.hasOwn(fields, key);
}

/** A list of choices can only show what it offers. */
function isOffered(key: string, value: string): boolean {
  return key !== 'trigger' || Object.hasOwn(TRIGGERS, value);
}
