import { expect, test } from 'vitest';
import { parseApiToken } from '../../src/model/api-token.ts';

test('a token is taken without the white space around it', () => {
  expect(parseApiToken(' abc-0123456789_~/+=.\n')).toBe('abc-0123456789_~/+=.');
  expect(parseApiToken('')).toBe('');
});

test('a token that no header carries is refused, with the place and without the token', () => {
  expect(() => parseApiToken('sécret')).toThrow('character 2 of WEIR_API_TOKEN is no plain letter, digit or sign');
  expect(() => parseApiToken('пароль')).toThrow('character 1 of');
  expect(() => parseApiToken('two words')).toThrow('character 4 of WEIR_API_TOKEN is white space');
  expect(() => parseApiToken('a\u0000b')).toThrow('character 2 of');
});
