/** Fields of a log line as JSON; what JSON cannot say is shown as text, and nothing throws. */
import { toPlainJson } from '../model/plain-json.ts';

const LONGEST = 64 * 1024;

export function encodeFields(fields: object | undefined): string | null {
  if (fields === undefined || Object.keys(fields).length === 0) return null;
  const text = JSON.stringify(toPlainJson(fields));
  return text.length <= LONGEST ? text : JSON.stringify({ shortened: text.slice(0, LONGEST) });
}
