/** What is left of a secret in a text: nothing, in whatever form it stands there, and everything else as it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/model/codec.ts';
import { MASKED, Mask } from '../../src/model/mask.ts';
import { maskJson, maskTexts, maskValue } from '../../src/model/mask-json.ts';
import { MaskedStreams } from '../../src/model/masked-streams.ts';
import { OutputLines } from '../../src/model/output-lines.ts';

const PASSWORD = 'p4ss/w"ö rd\'+&<';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a secret is masked', () => {
  const mask = new Mask([PASSWORD]);
  const url = encodeURIComponent(PASSWORD);
  test.each([
    ['as it is', `login with ${PASSWORD}!`, `login with ${MASKED}!`],
    ['at both ends', `${PASSWORD} ${PASSWORD}`, `${MASKED} ${MASKED}`],
    ['in JSON', JSON.stringify({ password: PASSWORD }), `{"password":"${MASKED}"}`],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ a: PASSWORD })), `"{\\"a\\":\\"${MASKED}\\"}"`],
    ['in JSON of Python, which escapes what is no ASCII', '"p4ss/w\\"\\u00f6 rd\'+&<"', `"${MASKED}"`],
    ['in a URL', `https://me:${url}@host/x`, `https://me:${MASKED}@host/x`],
    ['in a URL with small letters', `?p=${url.replace(/%../g, (code) => code.toLowerCase())}&q`, `?p=${MASKED}&q`],
    ['in the body of a form', String(new URLSearchParams({ p: PASSWORD, q: '1' })), `p=${MASKED}&q=1`],
    ['in markup', '<b>p4ss/w&quot;ö rd&#39;+&amp;&lt;</b>', `<b>${MASKED}</b>`],
    ['in the trace of a shell', "+ curl -u 'p4ss/w\"ö rd'\\''+&<'", `+ curl -u '${MASKED}'`],
  ])('%s', (_, text, expected) => {
    expect(mask.text(text)).toBe(expected);
  });

  test('as base64, also in the middle of what was encoded', () => {
    for (const before of ['', 'u', 'us', 'usr', 'user:'])
      for (const after of ['', '\n', ' and more']) {
        const masked = mask.text(`Authorization: Basic ${base64(before + PASSWORD + after)}.`);
        expect(masked).toContain(MASKED);
        expect(masked.length).toBeLessThan(40 + before.length + 2 * after.length);
        expect(mask.text(Buffer.from(before + PASSWORD + after).toString('base64url'))).toContain(MASKED);
      }
  });

  test('as base64 that is broken into lines', () => {
    const long = 'a secret of more than one line of base64: '.repeat(4);
    for (const width of [64, 76]) {
      const lines = base64(long).match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      const masked = new Mask([long]).text(lines.join('\n')).split('\n');
      expect(masked.slice(0, -1).every((line) => line === MASKED)).toBe(true);
      expect(masked.at(-1)?.length).toBeLessThan(16);
    }
  });
});

test('a text without secrets is the same text', () => {
  const text = 'epoch 3/20, loss 0.25';
  expect(new Mask(['correct horse battery']).text(text)).toBe(text);
  expect(new Mask([]).text(text)).toBe(text);
});

test('a secret of several lines is masked line by line, so that lines stay lines', () => {
  const key = '-----BEGIN KEY-----\nMIIabcdef\r\n  indented line\nxy\n-----END KEY-----\n';
  const mask = new Mask([key]);
  expect(mask.text('MIIabcdef')).toBe(MASKED);
  expect(mask.text('got: indented line.')).toBe(`got: ${MASKED}.`);
  expect(mask.text('an xylophone')).toBe('an xylophone');
  expect(mask.text(JSON.stringify({ key }))).not.toContain('MII');
  expect(new Mask(['ab\ncd\nef']).text('1 ab\ncd\nef 2')).toBe(`1 ${MASKED} 2`);
  expect(new Mask(['line one\nline two']).text('line one\nline two')).toBe(`${MASKED}\n${MASKED}`);
});

test('a short secret is masked only where it stands alone', () => {
  const mask = new Mask(['a', '42']);
  expect(mask.text('a cat has 42 of 420, äa (a)')).toBe(`${MASKED} cat has ${MASKED} of 420, äa (${MASKED})`);
});

test('secrets that share characters are masked as one, and the longest counts', () => {
  const mask = new Mask(['abcd1234', '1234wxyz', 'abcd1234-and-more']);
  expect(mask.text('<abcd1234wxyz>')).toBe(`<${MASKED}>`);
  expect(mask.text('<abcd1234-and-more>')).toBe(`<${MASKED}>`);
});

test('the beginning of a long secret is masked where the rest was cut off', () => {
  const long = 'x0123456789'.repeat(10);
  const mask = new Mask([long]);
  expect(mask.text(`token ${long.slice(0, 80)}`)).toBe(`token ${MASKED}`);
  expect(mask.text(`token ${long.slice(0, 80)} and ${long}`)).toBe(`token ${MASKED} and ${MASKED}`);
  expect(mask.restAt(`${long.slice(30)} and more`)).toBe(80);
});

test('names are left alone unless the secret is no word', () => {
  expect(new Mask(['train']).name('train')).toBe('train');
  expect(new Mask(['train', 'long-secret']).name('train with long-secret')).toBe(`train with ${MASKED}`);
});

test('a value that is cut in two with a line of too many bytes is masked in both pieces', () => {
  const secret = 'Tr0ub4dor&3-and-more';
  const mask = new Mask([secret]);
  for (let at = 0; at <= secret.length; at++) {
    const line = Buffer.from(`${'.'.repeat(64 * 1024 - at)}${secret} end\nnext line\n`);
    for (const piece of [line.length, 1000]) {
      const streams = new MaskedStreams();
      const texts: string[] = [];
      const lines = new OutputLines((bytes) =>
        texts.push(streams.take(mask, 'stdout', bytes.subarray(0, -1).toString())),
      );
      for (let start = 0; start < line.length; start += piece) lines.take(line.subarray(start, start + piece));
      lines.end();
      const text = texts.join('\n').replace(/\.{1000,}/, '');
      expect(text).toContain(' end\nnext line');
      expect(leftOf(secret, text)).toBeLessThan(4);
    }
  }
});

test('JSON stays JSON, whatever the secret is', () => {
  const mask = new Mask(['123456', 'true', '"}', 'null,', PASSWORD]);
  expect(maskJson(mask, '{"pin":123456,"more":1234567,"ok":true,"x":"true"}')).toBe(
    `{"pin":"${MASKED}","more":1234567,"ok":true,"x":"${MASKED}"}`,
  );
});

test('a key in JSON is a name', () => {
  const mask = new Mask(['stdout', PASSWORD]);
  expect(maskJson(mask, JSON.stringify({ stdout: 'stdout', [PASSWORD]: 1 }))).toBe(
    `{"stdout":"${MASKED}","${MASKED}":1}`,
  );
});

test('a stored value is masked inside, and stays what it is else', () => {
  const mask = new Mask([PASSWORD]);
  const value = { at: new Date(0), list: ['one', PASSWORD], map: new Map([[PASSWORD, 1n]]), none: undefined };
  expect(decode(maskValue(mask, encode(value)))).toEqual({
    at: new Date(0),
    list: ['one', MASKED],
    map: new Map([[MASKED, 1n]]),
    none: undefined,
  });
  expect(Buffer.from(maskValue(mask, encode(Buffer.from(PASSWORD)))).includes(base64(PASSWORD).slice(0, 8))).toBe(
    false,
  );
  const clean = encode({ rmse: 1.93 });
  expect(maskValue(mask, clean)).toBe(clean);
  expect(maskTexts(mask, { a: [PASSWORD, 3, { b: PASSWORD }] })).toEqual({ a: [MASKED, 3, { b: MASKED }] });
});

test('whatever the secret and whatever is around it, it is gone and everything else is there', () => {
  const sign = fc.constantFrom(...'abAB01 "\'\\/+%&<>äß😀\n\t-_.=');
  const value = fc.string({ unit: sign, minLength: 4, maxLength: 30 }).filter((text) => text.trim().length >= 4);
  const around = fc.string({ unit: fc.constantFrom(...'xyz ,;:(){}'), maxLength: 20 });
  fc.assert(
    fc.property(value, around, around, (secret, before, after) => {
      const mask = new Mask([secret]);
      const lines = secret.split(/[\r\n]+/).filter((line) => line.trim().length >= 4);
      for (const write of [String, JSON.stringify, encodeURIComponent, base64]) {
        const masked = mask.text(before + write(secret) + after);
        expect(masked.startsWith(before)).toBe(true);
        expect(masked.endsWith(after)).toBe(true);
        expect(masked).not.toContain(write(secret));
        for (const line of lines) expect(masked).not.toContain(line.trim());
      }
      expect(mask.text(before + after)).toBe(before + after);
      expect(decode(maskValue(mask, encode({ secret, before })))).toMatchObject({ before });
    }),
    { numRuns: 500 },
  );
});

/** Characters of the longest part of the secret that stands in the text. */
function leftOf(secret: string, text: string): number {
  for (let length = secret.length; length > 0; length--)
    for (let start = 0; start + length <= secret.length; start++)
      if (text.includes(secret.slice(start, start + length))) return length;
  return 0;
}
