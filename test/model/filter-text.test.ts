/** A filter as one line of text: what it is split into, and that what was joined is split again as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import { filterWord, joinFilter, splitFilter } from '../../src/model/filter-text.ts';
import { parseRunFilter } from '../../src/model/run-filter.ts';

test.each([
  ['flow:etl  state:failed', ['flow:etl', 'state:failed']],
  ['err:"connection refused" since:7d', ['err:connection refused', 'since:7d']],
  ['err:"say \\"no\\" to C:\\\\"', ['err:say "no" to C:\\']],
  ['nightly', ['text:nightly']],
  ['"connection refused"', ['text:connection refused']],
  ['"http://x y"', ['text:http://x y']],
  [':x', ['text::x']],
  ['param.note:a"b c"d', ['param.note:ab cd']],
  ['  ', []],
])('%s', (text, words) => {
  expect(splitFilter(text)).toEqual(words);
});

test('a quote that is not closed is named', () => {
  expect(() => splitFilter('flow:a err:"no end')).toThrow(WeirError);
  expect(() => splitFilter('flow:a err:"no end')).toThrow('a quote is not closed: "no end');
});

test('whatever stands in them, joined words are split into themselves', () => {
  const value = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', ':', ',', '\n', 'ü', '<') });
  const words = fc.array(
    fc.tuple(fc.constantFrom('err', 'text', 'param.my name', 'flow'), value).map((pair) => pair.join(':')),
  );
  fc.assert(
    fc.property(words, (given) => {
      expect(splitFilter(joinFilter(given))).toEqual(given);
    }),
  );
});

test('a name is one name, whatever stands in it', () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', ' ', '"', ',', ':') });
  const property = fc.property(name, (flow) => {
    const words = splitFilter(joinFilter([filterWord('flow', flow)]));
    expect(parseRunFilter(words, 0, 'UTC').flows).toEqual([flow]);
  });
  fc.assert(property);
});
