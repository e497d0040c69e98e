/** What `weir exec` keeps of a command: read again, it is the same command. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentOf, type ExecFlow } from '../../../src/cli/exec/exec-flow.ts';
import { yamlModule } from '../../../src/runner/yaml/module.ts';

const PLAIN: ExecFlow = { name: 'x', argv: ['true'], retries: 0, retryDelays: [], timeout: null, envFiles: [] };

function read(flow: Partial<ExecFlow>) {
  const text = documentOf({ ...PLAIN, ...flow });
  const { flow: parsed, problems } = yamlModule.parseYamlFlow(text, { path: '/x/.weir-exec.yaml' });
  expect(problems, text).toEqual([]);
  const [task] = parsed?.tasks ?? [];
  if (task?.work.kind !== 'arguments') throw new Error(`no command was read from ${text}`);
  return { task, argv: task.work.arguments.map((argument) => yamlModule.renderTemplate(argument, {})) };
}

/** Pieces that mean something to YAML, JSON, shells or expressions, among any others. */
const argument = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
      fc.constantFrom(
        '${{',
        '}}',
        "'",
        "''",
        '"',
        '\\',
        '\n',
        '\r\n',
        '\t',
        '# ',
        ': ',
        '- ',
        '&a',
        '*a',
        '!!str',
        '$(x)',
      ),
      fc.constantFrom(
        '${{ params.x }}',
        '${{ secrets.X }}',
        "${{ '${{' }}",
        '\u0085',
        '\u2028',
        '\ufeff',
        '\u007f',
        '|',
        '>',
      ),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(''));

test('every argument is read again as it was given', () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (argv) => {
      expect(read({ argv }).argv).toEqual(argv);
    }),
    { numRuns: 300 },
  );
});

test('every name that a flow may have is read again, and so are retries, delays and time limit', () => {
  for (const name of ['backup.sh', 'a: b', '# x', "it's", 'größe', '- x', '{', '"', '__proto__', '*a', 'null'])
    expect(read({ name }).task.name).toBe(name);
  const { task } = read({ retries: 3, retryDelays: ['1s', '1m'], timeout: '2h', envFiles: ['/x/.env'] });
  expect(task.retry).toMatchObject({ retries: 3, delay: { kind: 'list', delaysMs: [1000, 60_000] } });
  expect(task.timeoutMs).toBe(7_200_000);
  expect(task.surroundings.envFiles).toEqual(['/x/.env']);
});
