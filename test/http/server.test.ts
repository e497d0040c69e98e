import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { type HttpServerOptions, startHttpServer } from '../../src/http/server.ts';
import { openStore } from '../../src/store/store.ts';

it('listens where it says, and stops at once though a browser holds a stream open', async () => {
  const server = await start();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(server.url)).status).toBe(200);
  const stream = await fetch(`${server.url}/api/events`);
  const end = stream.text().catch(() => 'cut');
  await server.stop();
  await server.stop();
  await end;
  await expect(fetch(server.url)).rejects.toThrow();
});

it('says which port is taken, and which option chooses another', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  await expect(start({ port })).rejects.toMatchObject({
    code: 'port-in-use',
    message: `port ${port} on 127.0.0.1 is taken by another program`,
    hint: expect.stringContaining('--port'),
  });
});

it.each(['0.0.0.0', '::', '192.168.0.4'])('is refused on %s without a token', async (host) => {
  await expect(start({ host, token: '' })).rejects.toMatchObject({
    code: 'not-authorised',
    hint: expect.stringContaining('WEIR_API_TOKEN'),
  });
});

it('on every address answers to who has the token', async () => {
  const { url } = await start({ host: '0.0.0.0', token: 'a long secret'.replaceAll(' ', '-') });
  const address = url.replace('localhost', '127.0.0.1');
  expect((await fetch(address)).status).toBe(401);
  expect((await fetch(address, { headers: { authorization: 'Bearer a-long-secret' } })).status).toBe(200);
});

it('takes a token without the newline that a file ends with, and refuses one that no request could carry', async () => {
  const { url } = await start({ token: 'a-long-secret\n' });
  expect((await fetch(url, { headers: { authorization: 'Bearer a-long-secret' } })).status).toBe(200);
  await expect(start({ token: 'sécret' })).rejects.toMatchObject({ code: 'usage' });
});

it('is refused on an address that is not of this machine', async () => {
  await expect(start({ host: '203.0.113.9', token: 'x' })).rejects.toMatchObject({ code: 'usage' });
});

async function start(options: Partial<HttpServerOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-server-'));
  const store = openStore(join(folder, 'weir.db'));
  let stop = async () => {};
  onTestFinished(async () => {
    await stop();
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const engine = { store, events: createEvents(), now: Date.now };
  const server = await startHttpServer({ engine, host: '127.0.0.1', port: 0, version: '1.2.3', ...options });
  stop = server.stop;
  return server;
}
