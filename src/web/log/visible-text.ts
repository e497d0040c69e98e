/**
 * Text of users as HTML that shows what is in it: control characters by their keys, signs that turn the direction of
 * writing by their names, halves of characters as the sign for what cannot be shown. Nothing is left that acts unseen.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the page
const UNSEEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const MARKUP = /[&<>"']/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Fit for the content of an element and for an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(MARKUP, (sign) => ESCAPES[sign] ?? sign);
}

export function visibleHtml(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  const html = MARKUP.test(whole) ? escapeHtml(whole) : whole;
  MARKUP.lastIndex = 0;
  return html.replace(UNSEEN, picture);
}

/** `^A` for what the key Control and A gives, as editors show it; the number of what has no key. */
function picture(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code < 32 || code === 127) return `<u>^${String.fromCharCode(code ^ 64)}</u>`;
  return `<u>U+${code.toString(16).toUpperCase().padStart(4, '0')}</u>`;
}

/** What a terminal would finally show of a line drawn again and again: its last drawing. */
export function lastDrawing(text: string): string {
  if (!text.includes('\r')) return text;
  const drawn = text.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1);
}
