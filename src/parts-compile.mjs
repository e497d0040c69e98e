/**
 * Makes what V8 compiles of the executable's parts (src/parts.ts) when they are at work, so that no start of Weir has to
 * compile it again: runs them as a user would, and keeps what has been compiled until then.
 *
 * Loaded by such a run (`--require`, which its threads obey as well), it is also what keeps it: then only the end of this
 * file does something.
 */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * What the executable starts V8 with; what was compiled with other flags it would not take. Room for what is young: with
 * the 1 MB that V8 begins with, its helper threads collect garbage several times in the first 100 ms of every process.
 */
export const V8_FLAGS = ['--min-semi-space-size=4'];

const SELF = fileURLToPath(import.meta.url);
const FLOW = `import { flow, sh } from 'weir';
export default flow({ name: 'one' }, async () => void (await sh\`echo one; echo two >&2\`));
`;
/** At their ends each of them keeps what its own thread has compiled. */
const THREADS = {
  runner: `import { flow, sh, task } from 'weir';
const twice = task({ name: 'twice', retries: 1 }, (n: number) => 2 * n);
export default flow({ name: 'runner' }, async () => {
  await sh\`echo one\`;
  await twice.map([1, 2, await twice(3)]);
  globalThis.keepCode('runner');
});
`,
  zod: `import { flow, z } from 'weir';
const params = z.object({ n: z.number().int().min(1).default(1), name: z.string().optional(), on: z.enum(['a', 'b']).default('a') });
export default flow({ name: 'zod', params }, async () => globalThis.keepCode('zod'));
`,
  yaml: `import { flow } from 'weir';
import one from './flow.yaml';
export default flow({ name: 'yaml' }, async () => {
  await one();
  globalThis.keepCode('yaml');
});
`,
};
const YAML_FLOW = `name: one
tasks:
  first: { run: echo one }
  direct: { run: "true" }
  second: { needs: first, run: "echo two >&2" }
`;
const TIMED_FLOW = `schedule: ["0 2 * * *", { rrule: "DTSTART:20260105T080000 FREQ=WEEKLY;BYDAY=MO" }]
tasks: { only: { run: echo one } }
`;
/** One after the other: each begins with what was compiled before it. */
const COMMANDS = [
  ['run', 'flow.ts'],
  ['run', 'flow.yaml'],
  ['runs'],
  ['show'],
  ['logs'],
  ['run', 'flow.yaml', '--quiet'],
];

/** Of these only the part is kept that they are for: what else they compile would be read at every start for nothing. */
const COMMANDS_FOR_ONE_PART = [['due-times', 'check', 'timed.yaml']];

/** What the server is asked for first. */
const PAGES = ['/health', '/', '/runs', '/runs/1', '/flows', '/flows/one', '/api/flow-runs?limit=5'];

/** Writes NAME.code beside each part in `assets`. `node`: the one that the executable will be. */
export async function keepCode(node, mainScript, assets) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-build-'));
  // Whoever builds may have settings of his own, such as an address or a token.
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_'));
  const own = { HOME: folder, WEIR_DB: join(folder, 'weir.db'), WEIR_KEEP_CODE: assets };
  const env = { ...Object.fromEntries(foreign), ...own };
  try {
    writeFileSync(join(folder, 'flow.ts'), FLOW);
    writeFileSync(join(folder, 'flow.yaml'), YAML_FLOW);
    writeFileSync(join(folder, 'timed.yaml'), TIMED_FLOW);
    const runCommand = (args, part) => {
      const { status, stderr } = spawnSync(node, [...V8_FLAGS, '--require', SELF, mainScript, ...args], {
        cwd: folder,
        env: { ...env, WEIR_KEEP_PART: part },
        encoding: 'utf8',
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      if (status !== 0) throw new Error(`weir ${args.join(' ')} failed while its code was made: ${stderr}`);
    };
    for (const args of COMMANDS) runCommand(args, '');
    for (const [part, ...args] of COMMANDS_FOR_ONE_PART) runCommand(args, part);
    for (const [part, flow] of Object.entries(THREADS)) {
      writeFileSync(join(folder, `${part}.ts`), flow);
      runCommand(['run', `${part}.ts`], 'none');
    }
    await runSpawner(node, mainScript, { cwd: folder, env });
    await runServer(node, mainScript, { cwd: folder, env: { ...env, WEIR_KEEP_PART: 'server' } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  refuseRejected(node, assets);
}

/** What V8 does not take is passed over without a word, and every start of Weir would be slower for it. */
function refuseRejected(node, assets) {
  const names = readdirSync(assets).filter((each) => each.endsWith('.code'));
  const script = `const { readFileSync } = require('node:fs');
    for (const name of ${JSON.stringify(names)}) {
      const cachedData = readFileSync(name);
      const source = readFileSync(name.replace('.code', '.cjs'), 'latin1');
      const { cachedDataRejected } = new (require('node:vm').Script)(source, { cachedData });
      if (cachedDataRejected) throw new Error(\`V8 does not take \${name}\`);
    }`;
  const { status, stderr } = spawnSync(node, [...V8_FLAGS, '-e', script], { cwd: assets, encoding: 'utf8' });
  if (status !== 0) throw new Error(`what was compiled is of no use: ${stderr}`);
}

/** Its owner ends it without a word, so it is given its work here. */
async function runSpawner(node, mainScript, { cwd, env }) {
  const spawner = fork(mainScript, ['--role=spawner'], {
    execPath: node,
    execArgv: [...V8_FLAGS, '--require', SELF],
    cwd,
    env,
    serialization: 'advanced',
  });
  const { WEIR_KEEP_CODE: _, ...commandEnv } = env;
  const command = { cwd, env: commandEnv, stderr: 'separate', graceMs: 1000, output: 'log' };
  // A build must never wait for ever: other builds may wait for it.
  const tooLate = setTimeout(() => spawner.kill('SIGKILL'), 60_000);
  for (const [id, script] of ['true', 'echo one; echo two >&2; sleep 0.1'].entries()) {
    // One listener for all of them: two that arrive together would pass by one that is set up anew for each.
    const ended = new Promise((resolve, reject) => {
      spawner.on('message', (message) => {
        if (message.id === id && message.kind === 'ended') resolve();
      });
      spawner.once('exit', () => reject(new Error('the spawner ended while its code was made')));
    });
    spawner.send({ kind: 'start', id, command: { ...command, argv: ['sh', '-e', '-c', script] } });
    await ended;
  }
  const gone = once(spawner, 'exit');
  spawner.disconnect();
  await gone;
  clearTimeout(tooLate);
}

/** A server answers until it is told to end. */
async function runServer(node, mainScript, { cwd, env }) {
  const args = [...V8_FLAGS, '--require', SELF, mainScript, 'up', 'flow.yaml', '--port', '0'];
  const server = spawn(node, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(server, 'exit');
  const tooLate = setTimeout(() => server.kill('SIGKILL'), 60_000);
  let said = '';
  try {
    const url = await new Promise((resolve, reject) => {
      server.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
        const told = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
        if (told !== null) resolve(told[0]);
      });
      gone.then(() => reject(new Error(`weir up ended while its code was made: ${said}`)));
    });
    for (const page of PAGES) {
      const answer = await fetch(`${url}${page}`);
      if (!answer.ok) throw new Error(`${page} answered ${answer.status} while its code was made`);
      await answer.text();
    }
    server.kill('SIGTERM');
    const [status] = await gone;
    if (status !== 0) throw new Error(`weir up failed while its code was made: ${said}`);
  } finally {
    clearTimeout(tooLate);
    server.kill('SIGKILL');
  }
}

const folder = process.env.WEIR_KEEP_CODE;
if (folder !== undefined) {
  const scripts = new Map();
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      scripts.set(basename(options.filename, '.cjs').replace(/^weir:/, ''), this);
    }
  };
  const keep = (part) => writeFileSync(join(folder, `${part}.code`), scripts.get(part).createCachedData());
  if (isMainThread) {
    const only = process.env.WEIR_KEEP_PART ?? '';
    process.on('exit', () => [...scripts.keys()].filter((part) => only === '' || part === only).forEach(keep));
  } else {
    // A thread is ended without notice.
    globalThis.keepCode = keep;
  }
}
