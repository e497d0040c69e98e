/** The token of a server: read the same way by who serves and who asks. Pure; never says what the token is. */
import { WeirError } from './errors.ts';

/**
 * White space around it is not part of it: a file that it was read from ends with a newline. Empty: there is none.
 * @throws WeirError `usage` for what no HTTP header carries
 */
export function parseApiToken(text: string): string {
  const token = text.trim();
  const place = token.search(/[^\x21-\x7e]/);
  if (place === -1) return token;
  const what = /\s/.test(token.charAt(place)) ? 'white space' : 'no plain letter, digit or sign';
  throw new WeirError('usage', `character ${place + 1} of WEIR_API_TOKEN is ${what}: no request could carry it`, {
    hint: 'take letters, digits and signs of ASCII, such as the output of: openssl rand -hex 32',
  });
}
