/** The log of a run on the page of `weir up`: followed over the death of the server, searched, and taken along. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type World, weirWorld } from '../support/weir.ts';

const TALKING = `
name: talking
tasks:
  talk:
    run: |
      echo "::group::Build"
      printf '\\033[32mgreen\\033[0m\\n'
      for step in 1 2 3; do printf '\\r%s of 3' "$step"; done
      echo
      echo "::endgroup::"
      echo "it went wrong" >&2
      until [ -e go ]; do sleep 0.05; done
      echo "the last word"
`;

test('every line is heard once though the server is killed, and the log ends with the run', async () => {
  const world = weirWorld();
  world.write('flows/talking.yaml', TALKING);
  const first = await up(world, '0');
  await world.weir(['run', 'flows/talking.yaml', '--detach']);
  const heard: string[] = [];
  const place = await listen(`${first.url}/runs/1/logs/stream`, '0', heard, 'it went wrong');
  first.server.kill('SIGKILL');
  await first.server.ended;
  const second = await up(world, new URL(first.url).port);
  writeFileSync(join(world.folder, 'flows', 'go'), '');
  await listen(`${second.url}/runs/1/logs/stream`, place, heard, 'event: over');
  const numbers = [...heard.join('').matchAll(/ id=L(\d+)/g)].map(([, number]) => Number(number));
  // The end of a group is no line of its own.
  const ends = world
    .rows<{ text: string; first: number }>('select text, first_line as first from logs order by id')
    .flatMap(({ text, first: at }) =>
      text.split('\n').flatMap((line, offset) => (line === '::endgroup::' ? [at + offset] : [])),
    );
  const last = numbers.at(-1) ?? 0;
  expect(numbers).toEqual(Array.from({ length: last }, (_, index) => index + 1).filter((each) => !ends.includes(each)));

  const page = await text(`${second.url}/runs/1/logs`);
  expect(page).toContain('<span class="c2">green</span>');
  expect(page).toMatch(/class="e"><a [^>]*>[ \d]+<\/a>it went wrong/);
  expect(page).toContain('3 of 3');
  expect(await text(`${second.url}/runs/1/logs?q=LAST+WORD`)).toContain('the <mark>last word</mark>');
  const raw = await text(`${second.url}/runs/1/logs.txt`);
  expect(raw).toContain('\u001b[32mgreen\u001b[0m\n3 of 3\n::endgroup::\nit went wrong\n');
  const packed = await (await fetch(`${second.url}/runs/1/logs.txt.gz`)).arrayBuffer();
  expect(gunzipSync(Buffer.from(packed)).toString()).toBe(raw);
  expect(await text(`${second.url}/runs/1/logs?follow=1`)).toBe(raw);
  second.server.kill('SIGTERM');
  expect((await second.server.ended).code).toBe(0);
});

async function up(world: World, port: string) {
  const server = world.start(['up', 'flows', '--port', port]);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  return { server, url };
}

/** Reads a stream until a text has come; gives the place after it. */
async function listen(url: string, after: string, heard: string[], until: string): Promise<string> {
  const leaving = new AbortController();
  const answer = await fetch(url, { headers: { 'last-event-id': after }, signal: leaving.signal });
  let got = '';
  for await (const bytes of answer.body as ReadableStream<Uint8Array>) {
    got += Buffer.from(bytes).toString();
    if (got.includes(until) && got.endsWith('\n\n')) break;
  }
  leaving.abort();
  expect(got).toContain(until);
  heard.push(got);
  return [...got.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? after;
}

const text = async (url: string) => (await fetch(url)).text();
