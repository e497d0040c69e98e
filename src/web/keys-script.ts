/**
 * Single keys, for whoever works here all day: they do nothing that the page does not offer to Tab as well. Never while
 * somebody types or composes, never with a modifier, and not at all for whoever has turned them off at the foot of a page
 * (WCAG 2.1.4). A control with `data-key` is pressed by its key; one that changes something asks first.
 */

export const KEYS_SCRIPT = `(() => {
const go = { o: '/', r: '/runs', f: '/flows', s: '/schedule', m: '/models', q: '/queues' };
const one = (selector) => document.querySelector(selector);
let first = 0, help;
async function show() {
  if (!help) {
    const text = (await (await fetch('/keys')).text()).replace(/<style.*?<\\/style>/s, '');
    help = document.createElement('dialog');
    help.setAttribute('aria-label', 'Keys');
    help.append(new DOMParser().parseFromString(text, 'text/html').getElementById('keys'));
    document.body.append(help);
  }
  help.open || help.showModal();
}
function step(by) {
  const all = [...document.querySelectorAll('main tbody tr')].filter((row) => row.querySelector('a[href]'));
  const at = all.indexOf(document.activeElement.closest('tr'));
  const row = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  row?.querySelector('a[href]').focus();
}
function error() {
  const all = [...document.querySelectorAll('.log .e')];
  const next = all.find((line) => line.getBoundingClientRect().top > innerHeight / 3 + 4) || all[0];
  if (!next) return;
  next.scrollIntoView({ block: 'center' });
  next.querySelector('a')?.focus({ preventScroll: true });
}
function press(control) {
  const form = control.closest('form');
  if (form?.method != 'post') return control.click();
  if (confirm(control.textContent.trim() + '?')) form.requestSubmit(control);
}
addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (target.closest('input:not([type=checkbox]),textarea,select,[contenteditable]')) {
    if (key == 'Escape') target.blur();
    return;
  }
  if (help?.open) return;
  const to = first && event.timeStamp - first < 1500 && go[key];
  first = key == 'g' ? event.timeStamp : 0;
  const known = to ? () => location.assign(to) : {
    '/': () => one('header input').select(), '?': show, j: () => step(1), k: () => step(-1), e: error,
    x: () => document.activeElement.closest('tr')?.querySelector('[type=checkbox]')?.click(),
    '[': () => one('a[rel=prev]')?.click(), ']': () => one('a[rel=next]')?.click(),
  }[key] || (/^[a-zA-Z]$/.test(key) && one('[data-key="' + key + '"]') && (() => press(one('[data-key="' + key + '"]'))));
  if (!known) return;
  event.preventDefault();
  known();
});
})();`.replaceAll(/\n +/g, '\n');
