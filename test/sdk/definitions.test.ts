import { describe, expect, it } from 'vitest';
import { kebabCase } from '../../src/model/flow-name.ts';
import { flow, log, models, quote, sh, task, unmapped, z } from '../../src/sdk/index.ts';

const one = task({ name: 'one' }, (n: number) => n);

describe('outside of a run', () => {
  it.each([
    ['a task', () => one(1), 'the task "one" needs a running flow'],
    ['a map', () => one.map([1]), 'the task "one" needs a running flow'],
    ['a flow', () => flow({ name: 'nightly' }, () => 1)({}), 'the flow "nightly" needs a running flow'],
    ['a command', () => sh`true`, 'sh needs a running flow'],
    ['a log line', () => log.info('x'), 'log.info() needs a running flow'],
    ['the registry', () => models.list('m'), 'models.list() needs a running flow'],
    ['a schema', () => z.number(), 'z needs a running flow'],
  ])('E20 %s throws a sentence that says so, with the next step', async (_what, use, told) => {
    const error = await Promise.resolve()
      .then(use)
      .then(
        () => null,
        (thrown: Error & { hint?: string }) => thrown,
      );
    expect(error?.message).toContain(told);
    expect(error?.hint).toBe('start it with "weir run FILE"');
  });
});

describe('a definition', () => {
  it.each([
    [() => task({ retries: -1 }, () => 1), 'retries is -1'],
    [() => task({ name: 'a', retryDelay: 'soon' }, () => 1), 'soon'],
    [() => task({ name: 'a', timeout: '10' }, () => 1), '10'],
    [() => task({ name: 'a/b' }, () => 1), 'contains "/"'],
    [() => flow({ name: '.' }, () => 1), 'the flow name "." means a folder'],
    [() => flow({ name: '..' }, () => 1), 'the flow name ".." means a folder'],
    [() => task({ name: ' ' }, () => 1), 'must have 1 to 200 characters'],
    [() => task({ name: 'a', occupies: { gpu: 0 } }, () => 1), 'occupies.gpu of task "a" is 0'],
    [() => task({ name: 'a', occupies: 'gpu' } as object, () => 1), 'occupies of task "a" is "gpu"'],
    [() => flow({ name: 'a', occupies: ['gpu'] } as object, () => 1), 'occupies of flow "a" is ["gpu"]'],
    [() => task({ name: 'a', tags: 'nightly' } as object, () => 1), 'tags of task "a" is "nightly"; it must be a list'],
    [() => flow({ name: 'a', tags: [5, ''] } as object, () => 1), 'tags of flow "a" is [5,""]'],
    [() => flow({ name: 'a', tags: ['x', ' '] }, () => 1), 'a list of texts that are not empty'],
    [() => task({ name: 'a', key: 'same' } as object, () => 1), 'key of task "a" is "same"; it must be a function'],
    [() => task({ name: 'a', retryIf: 'no' } as object, () => 1), 'retryIf of task "a" is "no"'],
    [() => flow({ name: 'a', retryIf: true } as object, () => 1), 'retryIf of flow "a" is true'],
    [() => task({ name: 5 } as object, () => 1), 'the task name 5 is no text'],
    [() => flow({ name: 'a', version: 2 } as object, () => 1), 'version of flow "a" is 2; it must be a text'],
    [() => flow({ name: 'a', runName: () => 'b' } as object, () => 1), 'runName of flow "a" is a function'],
    [() => task({ name: 'a', cache: { key: 'input' as 'inputs' } }, () => 1), 'the cache key of task "a"'],
    [() => task({ name: 'a' }, undefined as never), 'task() was called without a function'],
    [() => flow({ name: 'a', runner: 'fast' as 'parallel' }, () => 1), 'has the runner "fast"'],
    [() => task({ name: 'a', retrys: 3 } as object, () => 1), 'task "a" has no option "retrys"'],
    [() => flow({ name: 'a', time_out: '5m' } as object, () => 1), 'flow "a" has no option "time_out"'],
    [() => flow({ name: 'a', maxConcurrency: 0 }, () => 1), 'maxConcurrency of flow "a" is 0'],
    [() => flow({ name: 'a', concurrencyLimits: { gpu: -1 } }, () => 1), 'concurrencyLimits.gpu of flow "a" is -1'],
    [() => flow({ name: 'a', crashRetries: 1.5 }, () => 1), 'crashRetries of flow "a" is 1.5'],
    [() => flow({ name: 'a' } as never, undefined as never), 'flow() was called without a function'],
  ])('that cannot be is refused where it is written: %#', (define, told) => {
    expect(define).toThrow(told);
  });

  it('is frozen, and with() changes a copy', () => {
    const two = one.with({ name: 'two', retries: 2 });
    expect(Object.isFrozen(one) && Object.isFrozen(one.definition)).toBe(true);
    expect(one.definition).toMatchObject({ name: 'one', retry: { retries: 0 } });
    expect(two.definition).toMatchObject({ name: 'two', retry: { retries: 2 }, code: one.definition.code });
  });

  it('keeps the words of marks to itself: a marked value is a value', () => {
    expect(Object.isFrozen(unmapped([1]))).toBe(true);
    expect(Object.isFrozen(quote([1]))).toBe(true);
  });

  it.each([
    ['fetchWeek', 'fetch-week'],
    ['loadCSVFile', 'load-csv-file'],
    ['my_flow.v2', 'my-flow-v2'],
    ['__init', 'init'],
    ['A', 'a'],
    ['', ''],
  ])('named %s becomes %s', (from, to) => {
    expect(kebabCase(from)).toBe(to);
  });
});
