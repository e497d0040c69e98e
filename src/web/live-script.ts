/**
 * The only script of a page. It hears numbers of changed runs, fetches the page's own URL again and swaps the sections
 * that the server would now render differently: what is seen live is exactly what a reload shows.
 * The style is cut out before parsing: it would have to pass the policy of this page, and has another nonce.
 * Rows of flows stay in the order in which the page was loaded: none jumps away from under the pointer.
 * What somebody types in, has ticked or marked is left alone until it is let go.
 * One tab holds the stream for all (browsers allow six connections to a host) and gives it up 15 s after it was hidden;
 * without locks each page polls.
 */
export const LIVE_SCRIPT = `(() => {
const me = document.body.dataset.run, line = document.getElementById('live');
const parts = (root) => [...root.querySelectorAll('main>[id],#foot')];
const seen = new Map(parts(document).map((part) => [part.id, part.outerHTML]));
const own = () => document.querySelectorAll('time').forEach((t) => t.title ||= new Date(t.dateTime).toLocaleString());
const fields = 'input:not([type=hidden]),textarea,select';
const changed = (f) => f.type == 'checkbox' ? f.checked != f.defaultChecked : f.options ? ![...f.options].every((o) => o.selected == o.defaultSelected) && f.selectedIndex > 0 : f.value != f.defaultValue;
const busy = (part) => document.activeElement.matches(fields) && part.contains(document.activeElement) || [...part.querySelectorAll(fields)].some(changed);
const one = (part, href) => part.querySelector('[href="' + CSS.escape(href) + '"]');
let etag, timer, missed, source, away;
async function refresh() {
  timer = 0;
  if (document.hidden) return missed = true;
  const answer = await fetch(location.href, { headers: etag ? { 'If-None-Match': etag } : {} }).catch(() => 0);
  if (!answer || answer.status != 200) return;
  etag = answer.headers.get('ETag');
  const text = (await answer.text()).replace(/<style.*?<\\/style>/s, '');
  const next = new DOMParser().parseFromString(text, 'text/html'), pick = getSelection();
  document.title = next.title;
  for (const part of parts(next)) {
    const old = document.getElementById(part.id), html = part.outerHTML, focus = document.activeElement;
    if (!old || seen.get(part.id) == html || !pick.isCollapsed && old.contains(pick.anchorNode) || busy(old)) continue;
    const href = old.contains(focus) && focus.getAttribute('href');
    seen.set(part.id, html);
    for (const a of [...old.querySelectorAll('.flows th a')].reverse()) { const row = one(part, a.getAttribute('href'))?.closest('tr'); row?.parentNode.prepend(row); }
    old.querySelectorAll('details[open]').forEach((d) => part.querySelector('#' + CSS.escape(d.id))?.setAttribute('open', ''));
    old.replaceWith(part);
    if (href) one(part, href)?.focus();
  }
  own();
}
const hit = (run, log) => { const { deaf } = document.body.dataset; return deaf != 'everything' && (me ? !run || run == me && !(deaf && log) : !log); };
const hear = ({ run, log }) => { if (hit(run, log)) timer ||= setTimeout(refresh, 300); };
const say = (text) => { if (line) line.textContent = text; };
const poll = () => setInterval(() => hear({}), 5000);
own();
setInterval(() => { if (document.querySelector('.spin')) hear({}); }, 5000);
setInterval(() => hear({}), 60000);
document.addEventListener('visibilitychange', () => {
  clearTimeout(away);
  if (document.hidden) return away = setTimeout(close, 15000);
  if (missed) missed = false, refresh();
  listen();
});
if (!navigator.locks || !window.BroadcastChannel) return poll();
const others = new BroadcastChannel('weir');
others.onmessage = ({ data }) => data.say ? say(data.say) : hear(data);
const tell = (text) => { say(text); others.postMessage({ say: text }); };
let leave;
function close() { leave?.(); leave = 0; source?.close(); source = 0; }
function listen() {
  if (leave) return;
  const stop = new AbortController();
  leave = () => stop.abort();
  navigator.locks.request('weir-events', { signal: stop.signal }, () => new Promise((free) => {
    leave = free;
    source = new EventSource('/api/events');
    source.onopen = () => { tell('live'); hear({}); others.postMessage({}); };
    source.onerror = () => { tell('offline, reconnecting'); if (source.readyState == 2) poll(); };
    source.onmessage = ({ data }) => { const change = JSON.parse(data); hear(change); others.postMessage(change); };
  })).catch(() => {});
}
say('live');
if (document.hidden) missed = true; else listen();
})();`.replaceAll(/\n +/g, '\n');
