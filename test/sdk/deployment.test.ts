import { describe, expect, it } from 'vitest';
import { deployment } from '../../src/sdk/deployment.ts';
import { flow } from '../../src/sdk/flow.ts';

describe('deployment()', () => {
  it.each([
    [{ flow: './a.ts', name: 'a/b' }, /name that no command could say/],
    [{ flow: './a.ts', nam: 'eu' }, /no option "nam"/],
    [{ name: 'eu' }, /names no flow/],
    [{ flow: './a.ts', storage: 'git' }, /storage "git"/],
    [{ flow: './a.ts', include: ['data'] }, /include, which lists files of a snapshot/],
    [{ flow: './a.ts', tags: 'nightly' }, /tags that are no list/],
    [{ flow: './a.ts', params: { at: new Date() } }, /params\.at, which JSON cannot hold/],
  ])('refuses %j with a sentence', (options, message) => {
    expect(() => deployment(options as never)).toThrow(message);
  });

  it('says that it needs Weir where a file is started by something else', async () => {
    expect(() => deployment({ flow: flow({ name: 'nightly' }, () => 1) }).apply()).toThrow(/needs a running flow/);
  });
});
