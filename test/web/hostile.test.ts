/**
 * F23: a world whose every name and text is hostile: markup, control codes, marks that turn the direction, half names of
 * addresses, ten thousand characters. Every page is opened in a real browser, and every link of it followed.
 */
import { describe, expect, it } from 'vitest';
import { resolveSchedules, scheduleIdentity } from '../../src/model/schedule-spec.ts';
import type { Store } from '../../src/store/store.ts';
import { type Seed, seedRun } from '../http/world.ts';
import { RULES } from '../support/flow-rules.ts';
import { CHROMIUM, hasBrowser, openTab, useBrowser } from './browser.ts';
import { serverWorld } from './world.ts';

/** What happens when one is taken for markup, or for a script: the title of the page changes. */
const TAKEN = `document.title='taken'`;
const TEXTS = [
  `<img src=x onerror="${TAKEN}"><script>${TAKEN}</script>`,
  `"'><svg onload=${TAKEN}></svg></style></title><!--`,
  `javascript:${TAKEN}//`,
  '\u001b[31mred\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007\u001b[0m',
  '\u202egnp.exe\u2066\u200f\u0000\u0007\u000b\ufffe',
  'a\r\nset-cookie: x=1\r\n\r\n<b>',
  '../../../etc/passwd%2f..%00?a=b#c',
  `=HYPERLINK("http://evil.example","x")`,
  '😀'.repeat(20),
  'x'.repeat(10_000),
  '${{ secrets.X }} $& $1 {{7*7}}',
  '__proto__',
];

describe.skipIf(!hasBrowser)(`F23: hostile texts in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it('are text on every page, fit the screen, and every link leads where it says', async () => {
    const world = await serverWorld();
    seedHostile(world.store);
    const tab = await openTab(browser(), world.url, { viewport: { width: 390, height: 800 } });
    tab.on('dialog', (dialog) => {
      tab.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const faults: string[] = [];
    const known = new Set(START);
    for (const path of known) {
      // The rest needs no browser.
      const isLookedAt = known.size < 40 || /^\/(flows|models|runs)\/[^/?]+$/.test(path);
      if (!isLookedAt) {
        const { status } = await fetch(world.url + path);
        if (status !== 200) faults.push(`${path}: status ${status}`);
        continue;
      }
      const answer = await tab.goto(world.url + path);
      if (answer?.status() !== 200) faults.push(`${path}: status ${answer?.status()}`);
      const { title, tooWide, links, length } = (await tab.evaluate(LOOK)) as Look;
      if (title === 'taken') faults.push(`${path}: a text was executed`);
      if (tooWide !== null) faults.push(`${path}: too wide for the screen is ${tooWide}`);
      if (length > 50 * 1024 && !path.startsWith('/runs/')) faults.push(`${path}: ${length} bytes`);
      for (const link of links)
        if (!/\/(source|logs|artifacts|file|metrics\.csv|runs\.csv)\b/.test(link)) known.add(link);
      faults.push(...tab.complaints.splice(0).map((complaint) => `${path}: ${complaint}`));
    }
    expect(faults).toEqual([]);
    expect(tab.strangers).toEqual([]);
  }, 300_000);
});

const START = [
  '/',
  '/runs',
  '/flows',
  '/schedule',
  '/models',
  '/queues',
  '/settings',
  '/keys',
  '/runs/bulk?do=cancel&all=1',
];

interface Look {
  readonly title: string;
  /** The innermost element that sticks out. */
  readonly tooWide: string | null;
  readonly length: number;
  /** To this server, without their fragments. */
  readonly links: readonly string[];
}

const LOOK = `(() => {
  const isWide = document.documentElement.scrollWidth > innerWidth;
  const scrolls = (e) => e && (getComputedStyle(e).overflowX != 'visible' || scrolls(e.parentElement));
  const out = isWide ? [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth && !scrolls(e.parentElement)) : [];
  return {
    title: document.title,
    tooWide: isWide ? (out.at(-1)?.outerHTML ?? 'nobody knows what').slice(0, 150) : null,
    length: document.documentElement.outerHTML.length,
    links: [...document.links].map((a) => a.protocol == 'javascript:' ? '/javascript' : a.host == location.host ? a.pathname + a.search : '').filter(Boolean),
  };
})()`;

function seedHostile(store: Store): void {
  store.overview.inSnapshot(() => {
    for (const [index, text] of TEXTS.entries()) {
      const flow = text.slice(0, 300);
      seedRun(store, hostileRun(flow, text, 'completed'));
      seedRun(store, hostileRun(flow, text, index % 2 === 0 ? 'failed' : 'running'));
      deploy(store, flow, text);
      register(store, allowed(flow), text);
      store.limits.put(flow, 1, Date.now());
      store.variables.put(flow, text, Date.now());
    }
  });
}

function hostileRun(flow: string, text: string, state: 'completed' | 'failed' | 'running'): Seed {
  const error = { name: text, message: text, stack: text };
  return {
    flow,
    state,
    startAt: Date.now() - 3_600_000,
    message: text,
    ...(state === 'failed' ? { error } : {}),
    params: { [text]: text },
    result: { [text]: text },
    tags: [text.slice(0, 100)],
    metrics: { [text.slice(0, 200)]: 1.5, rmse: 2 },
    tasks: [
      { name: text, label: text, why: text, progress: { done: 1, total: 2, label: text } },
      { name: 'check', state: state === 'running' ? 'running' : 'failed', error, upstream: [0] },
    ],
    log: `${text}\n`.repeat(3),
    artifacts: [
      { key: text.slice(0, 200), kind: 'file', mediaType: text.slice(0, 100), text },
      {
        key: 'markdown',
        kind: 'markdown',
        mediaType: 'text/markdown',
        text: `# ${text}\n[${text}](javascript:alert(1)) ![x](${text})`,
      },
      { key: 'table', kind: 'table', mediaType: 'application/json', text: JSON.stringify([{ [text]: text }]) },
      { key: 'link', kind: 'link', mediaType: 'text/uri-list', text: `javascript:${TAKEN}` },
      {
        key: 'image',
        kind: 'image',
        mediaType: 'image/svg+xml',
        text: `<svg xmlns="http://www.w3.org/2000/svg" onload="${TAKEN}"><script>${TAKEN}</script></svg>`,
      },
    ].map((each) => ({ description: text, ...each })) as NonNullable<Seed['artifacts']>,
  };
}

function deploy(store: Store, flow: string, text: string): void {
  const now = Date.now();
  const paramsSchema = {
    type: 'object',
    properties: { [text]: { type: 'string', default: text, description: text, title: text }, pick: { enum: [text] } },
  };
  const base = { path: `/flows/${flow}.ts`, entry: 'default', description: text, options: RULES, paramsSchema };
  for (const name of ['default', flow]) {
    const own = { ...base, tags: [text], params: { [text]: text }, now, number: 1, codeHash: 'c0de' };
    const deploymentId = store.deployments.put({ flow, name, ...own });
    const [spec] = resolveSchedules([{ cron: '0 2 * * *', timezone: 'UTC' }], {
      ...{ machineZone: 'UTC', seed: flow, createdAt: now },
    });
    if (spec === undefined) throw new Error('no schedule');
    const times = { timezone: 'UTC', nextAt: now + 3_600_000, nextNote: text, now };
    const scheduleId = store.deployments.putSchedule({
      ...{ deploymentId, identity: scheduleIdentity(spec), spec: JSON.stringify(spec) },
      ...times,
    });
    const slot = {
      scheduleId,
      at: now - 7_200_000,
      outcome: 'missed',
      reason: text,
      note: text,
      flowRunId: null,
    } as const;
    store.deployments.addSlot(slot, now);
    if (name !== 'default') store.deployments.pause(deploymentId, { at: now, by: text, reason: text, until: null });
    else store.deployments.markBroken(base.path, text, now);
  }
}

/** Of a text what a model may be called. */
function allowed(text: string): string {
  return (
    text
      .replaceAll(/[\p{Cc}\p{Cf}/\\]/gu, '')
      .trim()
      .replace(/^[.-]+/, '')
      .slice(0, 100) || 'm'
  );
}

function register(store: Store, model: string, text: string): void {
  const now = Date.now();
  const labels = { metrics: { [text]: 1, rmse: 2 }, params: { [text]: text }, tags: { [text]: text } };
  const { hash, size } = store.content.put(new TextEncoder().encode(text));
  for (let each = 0; each < 2; each++) {
    const { version } = store.registry.register({
      ...{ model, contentHash: hash, size, format: 'file', fileName: allowed(text), labels, origin: null, now },
    } as Parameters<Store['registry']['register']>[0]);
    store.registry.decide({
      ...{ model, rule: { metric: text, goal: 'min', margin: 0, minimum: null, dataIdentity: text } as never },
      ...{
        candidate: version,
        candidateValue: 3 - each,
        production: each === 0 ? null : 1,
        productionValue: each === 0 ? null : 3,
      },
      ...{ origin: null, decidedBy: text, now },
    });
  }
}
