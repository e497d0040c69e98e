/**
 * Text of users as HTML that shows what is in it: control characters by their pictures, signs that turn the direction of
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

function picture(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code < 32) return String.fromCharCode(0x2400 + code);
  if (code === 127) return '\u2421';
  if (code < 160) return '\ufffd';
  return `<u>U+${code.toString(16).toUpperCase().padStart(4, '0')}</u>`;
}

/** What a terminal would finally show of a line drawn again and again: its last drawing. */
export function lastDrawing(text: string): string {
  if (!text.includes('\r')) return text;
  const drawn = text.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1);
}
