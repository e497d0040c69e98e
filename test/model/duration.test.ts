import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/model/duration.ts';
import { WeirError } from '../../src/model/errors.ts';

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    [' 1d ', 86_400_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
    ['1w2d3h4m5s6ms', 788_645_006],
    ['1.5h', 5_400_000],
    ['0.5s', 500],
    ['1.1s', 1100],
    ['0s', 0],
    [0, 0],
    [1500, 1500],
    [1.6, 2],
  ])('%j is %d milliseconds', (value, ms) => {
    expect(parseDuration(value)).toBe(ms);
  });

  test.each([
    ['10', '10 what? write "10s", "10m" or "10h"'],
    [' 1.5 ', '1.5 what? write "1.5s", "1.5m" or "1.5h"'],
    ['', 'an empty text is not a duration'],
    ['  ', '"  " is not a duration'],
    ['5 minutes', '"5 minutes" is not a duration'],
    ['1H', '"1H" is not a duration'],
    ['-5s', '"-5s" is not a duration'],
    ['s', '"s" is not a duration'],
    ['1h30', '"1h30" is not a duration'],
    ['30m1h', '"30m1h" is not a duration: its units must go from long to short, each once'],
    ['1h1h', '"1h1h" is not a duration: its units must go from long to short, each once'],
    ['99999999999w', '"99999999999w" is too long for a duration'],
    [-1, '-1 is not a duration: milliseconds must be a number of 0 or more'],
    [Number.NaN, 'NaN is not a duration: milliseconds must be a number of 0 or more'],
    [Number.POSITIVE_INFINITY, 'Infinity is not a duration: milliseconds must be a number of 0 or more'],
    [null as unknown as string, 'null is not a duration'],
    [true as unknown as string, 'a value of type boolean is not a duration'],
  ])('%j is refused with a sentence that says why', (value, sentence) => {
    expect(() => parseDuration(value)).toThrow(
      expect.objectContaining({ code: 'invalid-value', message: sentence }) as WeirError,
    );
  });

  test('any text is either a whole number of milliseconds or refused with a WeirError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,4}[wdhms ]{0,3}[0-9]{0,3}[wdhms]{0,2}$/)),
        (text) => {
          try {
            const ms = parseDuration(text);
            expect(Number.isInteger(ms) && ms >= 0).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(WeirError);
          }
        },
      ),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [-5, '0ms'],
    [0.4, '0ms'],
    [350, '350ms'],
    [999.6, '1s'],
    [4200, '4.2s'],
    [4000, '4s'],
    [59_940, '59.9s'],
    [59_960, '1m'],
    [65_000, '1m 5s'],
    [3_599_900, '1h'],
    [5_400_000, '1h 30m'],
    [86_399_999, '1d'],
    [183_600_000, '2d 3h'],
    [864_000_000, '10d'],
  ])('%d ms is shown as %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what is shown can be typed again and means nearly the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (ms) => {
        const again = parseDuration(formatDuration(ms));
        expect(Math.abs(again - ms)).toBeLessThanOrEqual(ms * 0.03);
      }),
    );
  });
});
