/**
 * How the value of a secret may stand in a text: as it is, line by line, and as programs write it on their way (JSON, a
 * URL, base64, markup, a shell's quotes). Each form is a literal text of at least SHORT_SECRET characters.
 */
import { SHORT_SECRET } from './secret.ts';

/** `base64` breaks its lines at 76 characters, `openssl base64` at 64. */
const BASE64_LINES = [76, 64];
const CHARACTER_BITS = 6;
/** What is left for the last of such lines may be anything. */
const SHORTEST_PIECE = 8;

/** All forms of the value, each once; none of a value that is shorter than SHORT_SECRET. */
export function formsOf(value: string): Set<string> {
  const whole = value.trim();
  const lines = whole.split(/\r\n|[\r\n]/).map((line) => line.trim());
  const isWhole = lines.length === 1 || lines.some((line) => line.length > 0 && line.length < SHORT_SECRET);
  // A log keeps its lines where each is masked for itself.
  const plain = isWhole ? [whole, ...lines] : lines;
  const forms = new Set(plain.flatMap((text) => [text, ...escapedForms(text)]));
  if (lines.length > 1) for (const form of escapedForms(whole)) if (isWhole || !/[\r\n]/.test(form)) forms.add(form);
  if (whole.length >= SHORT_SECRET) for (const text of new Set([value, whole])) addBase64(text, forms);
  for (const form of forms) if (form.length < SHORT_SECRET) forms.delete(form);
  return forms;
}

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const jsonTwice = JSON.stringify(json).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [
    json,
    jsonTwice,
    ascii,
    json.replaceAll('/', '\\/'),
    // Python's and Node's own way to show a text with both kinds of quotes.
    text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n'),
    ...markupForms(text),
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", "'\"'\"'"),
    text.replace(/[^\w@%+=:,./\n-]/g, '\\$&'),
    ...urlForms(text),
  ];
}

function markupForms(text: string): string[] {
  const bare = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = bare.replaceAll('"', '&quot;');
  return [bare, quoted, ...['&#39;', '&#x27;', '&apos;'].map((quote) => quoted.replaceAll("'", quote))];
}

function urlForms(text: string): string[] {
  const component = encodeURIComponent(text.toWellFormed());
  const strict = component.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const upper = [component, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+'), form];
  const lower = upper.map((each) => each.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...upper, ...lower];
}

/**
 * Base64 of the value wherever it stands in what was encoded (`user:password`): what is before it shifts it by 0, 1 or 2
 * bytes. The characters at both ends hold bits of its neighbours, and are not looked at.
 */
function addBase64(text: string, forms: Set<string>): void {
  const bytes = Buffer.from(text);
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const start = Math.ceil((shift * 8) / CHARACTER_BITS);
    const end = Math.floor(((shift + bytes.length) * 8) / CHARACTER_BITS);
    const part = encoded.slice(start, end);
    forms.add(part);
    forms.add(part.replaceAll('+', '-').replaceAll('/', '_'));
    if (shift > 0) continue;
    for (const width of BASE64_LINES)
      for (let at = 0; part.length > width && at + SHORTEST_PIECE <= part.length; at += width)
        forms.add(part.slice(at, at + width));
  }
}
