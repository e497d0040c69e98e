/**
 * One thread for many runs: flows of YAML hold no code of the user's, so nothing of one run can reach another, and none
 * needs a thread of its own. Each host in here is what a thread is elsewhere, on a port of its own.
 */
import { parentPort } from 'node:worker_threads';
import { WeirError } from '../model/errors.ts';
import { isYamlFile } from '../model/flow-file.ts';
import type { FromShared, RunnerSources, ToShared } from '../model/message.ts';
import { assetLoader } from './asset-module.ts';
import { CodeVersion } from './code-version.ts';
import { paramsToJsonSchema } from './json-schema.ts';
import { installRunnerRuntime } from './runtime.ts';
import { type Served, serve } from './serve.ts';
import { keepOwnEnvironment } from './shell/own-environment.ts';
import type { YamlModule, YamlParts } from './yaml/module.ts';
import { loadYamlFile } from './yaml-file.ts';

export type SharedData = { readonly role: 'shared-runner' } & RunnerSources;

export interface SharedRunner {
  take(message: ToShared): void;
}

/** Serves any number of hosts; what they say goes to `post`, in turn. */
export function serveShared(
  sources: RunnerSources,
  loadYaml: () => YamlParts | Promise<YamlParts>,
  post: (message: FromShared) => void,
): SharedRunner {
  const hosts = new Map<number, Served>();
  keepOwnEnvironment();
  installRunnerRuntime({ tasks: new Set(), flows: new Set(), loadZod: noZod });

  function open(host: number): Served {
    const version = new CodeVersion();
    const port = {
      post: (message: FromShared['message']) => {
        if (hosts.has(host)) post({ host, message });
      },
      onMessage: () => {},
      ref: () => {},
      unref: () => {},
    };
    return serve(port, {
      sources,
      version,
      async load(path) {
        if (!isYamlFile(path)) throw new WeirError('internal', `${path} needs a thread of its own`);
        return loadYamlFile(path, version, await loadYaml());
      },
      tasks: new Set(),
      flows: new Set(),
      toJsonSchema: (schema) => paramsToJsonSchema(schema, noZod),
    });
  }

  return {
    take({ host, message }) {
      if (message.kind === 'close') {
        const served = hosts.get(host);
        hosts.delete(host);
        served?.attempt()?.cancel('its host was ended');
        return;
      }
      let served = hosts.get(host);
      if (served === undefined) {
        served = open(host);
        hosts.set(host, served);
      }
      served.take(message);
    },
  };
}

/** As a worker thread. */
export function serveSharedThread(sources: SharedData): void {
  const port = parentPort;
  if (port === null) throw new WeirError('internal', 'the shared runner was started outside a thread');
  const yaml = assetLoader<YamlModule>(sources.yaml, 'weir:yaml');
  const { take } = serveShared(
    sources,
    () => yaml().yamlModule,
    (message) => port.postMessage(message),
  );
  port.on('message', take);
}

function noZod(): never {
  throw new WeirError('internal', 'no flow of YAML has a schema of zod');
}
