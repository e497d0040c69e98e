/**
 * The script of pages with a log, after the one of all pages. It brings lines of others where they are asked for, and
 * puts new lines at the end of a log that is still being written: places in the stream are remembered, so that neither
 * a server that starts anew nor a tab that was hidden loses a line or shows one twice. Follow is a word in the address
 * (#end), so that it can be linked; scrolling up ends it.
 */
export const LOG_SCRIPT = `(() => {
const $ = (id) => document.getElementById(id), box = $('lines');
if (!box) return;
const lineId = () => /^#(L[\\d.]+)$/.exec(location.hash)?.[1];
const arrive = () => {
  const id = lineId(), line = id && $(id);
  if (line) for (let d = line.closest('details'); d; d = d.parentElement.closest('details')) d.open = true, line.scrollIntoView({ block: 'center' });
  else if (id && new URLSearchParams(location.search).get('l') != id.slice(1)) location.replace('?l=' + id.slice(1) + '#' + id);
};
addEventListener('hashchange', arrive);
arrive();
let picked = lineId();
box.addEventListener('click', (e) => {
  const a = e.target.closest('a[href^="#L"]'), id = a?.getAttribute('href').slice(1);
  if (!id) return;
  if (e.shiftKey && picked) e.preventDefault(), location.assign('?l=' + picked.slice(1) + '-' + id.slice(1) + '#' + picked);
  picked = id;
});
const from = box.dataset.stream, label = $('follow'), check = label?.querySelector('input'), pill = $('pill'), said = $('said');
if (!from) return;
const MOST = 20000, root = document.documentElement;
let after = box.dataset.after, into = [...box.querySelectorAll('details[data-on]')].at(-1) ?? box;
let source, over, fresh = 0, unheard = 0, hiding, was = scrollY, tall = root.scrollHeight;
const atEnd = () => innerHeight + scrollY >= root.scrollHeight - 60;
const toEnd = () => scrollTo(0, root.scrollHeight);
const count = (n) => n.toLocaleString('en-US') + (n == 1 ? ' new line' : ' new lines');
const offer = () => { pill.hidden = !fresh || check.checked; pill.textContent = count(fresh); };
const setFollow = (on) => {
  check.checked = on;
  history.replaceState(null, '', location.pathname + location.search + (on ? '#end' : ''));
  if (on) fresh = 0, toEnd();
  offer();
};
function add(html) {
  const t = document.createElement('template');
  t.innerHTML = html;
  let n = 0;
  for (const part of [...t.content.children]) {
    if (!part.matches('[data-close]')) {
      into.append(part);
      n++;
      if (part.matches('details')) into = part;
    } else if (into != box) {
      into.firstElementChild.append(...part.childNodes);
      into.removeAttribute('data-on');
      into = into.parentElement.closest('details') ?? box;
    }
  }
  while (box.childElementCount > MOST && box.firstElementChild != into) box.firstElementChild.remove();
  $('none')?.remove();
  unheard += n;
  if (check.checked) toEnd();
  else if (!atEnd()) fresh += n;
  offer();
}
function open() {
  if (source || over) return;
  source = new EventSource(from + (from.includes('?') ? '&' : '?') + 'after=' + after);
  source.onmessage = ({ data, lastEventId }) => { after = lastEventId; add(data); };
  source.addEventListener('head', ({ data }) => { $('head').innerHTML = data; });
  source.addEventListener('skip', ({ data }) => {
    const p = document.createElement('p'), a = document.createElement('a');
    p.className = 'skip';
    a.className = 'to';
    a.href = location.pathname + location.search;
    a.textContent = data;
    p.append(' ', a);
    into = box;
    into.append(p);
  });
  source.addEventListener('over', () => { over = true; close(); setFollow(false); label.remove(); document.body.dataset.deaf = 'lines'; });
  source.onerror = () => { if (source?.readyState == 2) close(), setTimeout(wake, 3000); };
}
function close() { source?.close(); source = null; }
function wake() { clearTimeout(hiding); if (!document.hidden) open(); }
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hiding = setTimeout(close, 15000);
  else wake();
});
addEventListener('pagehide', close);
addEventListener('pageshow', wake);
addEventListener('scroll', () => {
  if (check.checked && scrollY < was - 2 && root.scrollHeight >= tall && !atEnd()) setFollow(false);
  if (fresh && atEnd()) fresh = 0, offer();
  was = scrollY;
  tall = root.scrollHeight;
}, { passive: true });
check.addEventListener('change', () => setFollow(check.checked));
pill.addEventListener('click', () => setFollow(true));
setInterval(() => { if (unheard) said.textContent = count(unheard); unheard = 0; }, 10000);
label.hidden = false;
if (location.hash == '#end') setFollow(true);
wake();
})();`;
