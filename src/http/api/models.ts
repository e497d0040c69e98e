/** /api/models: versions and decisions, what is in Production, promotion and rollback, and the content of a version. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { modelContent } from '../../engine/tell/model-content.ts';
import { decisionJson, modelJson, modelVersionJson, versionJson } from '../../engine/tell/model-json.ts';
import { promote, rollback } from '../../engine/verbs/model-changes.ts';
import { parseStage } from '../../store/registry.ts';
import { attachment } from '../attachment.ts';
import { partOf } from './cursor.ts';
import { name, paged } from './fields.ts';
import { decision, model, modelSummary, modelVersion, versionItem } from './model-shapes.ts';
import { type ApiParts, BY } from './parts.ts';
import { toReader } from './reader-zone.ts';
import { type Route, route } from './route.ts';
import { listOf } from './shapes.ts';

const MODELS = 'models';
const ofModel = z.strictObject({ model: name('the name of the model') });
const ofVersion = ofModel.extend({ version: name('its number; also a stage, an alias or latest') });

export function modelRoutes({ store, now }: ApiParts): Route[] {
  const { registry } = store;
  return [
    route({
      method: 'get',
      path: '/api/models',
      tag: MODELS,
      summary: 'Models by name, with what is in Production',
      query: z.strictObject(paged(100, 1000)),
      answers: { 200: { description: 'a page of models', schema: listOf('weir.models/1', modelSummary) } },
      handle: ({ query }) => ({
        json: partOf('weir.models/1', 'models', registry.listModels(), query, (item) => item),
      }),
    }),
    route({
      method: 'get',
      path: '/api/models/{model}',
      tag: MODELS,
      summary: 'A model with its versions and decisions, oldest first',
      params: ofModel,
      answers: { 200: { description: 'the model', schema: model } },
      refuses: ['not-found'],
      handle: ({ params }) => store.overview.inSnapshot(() => ({ json: modelJson(store, params.model) })),
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/versions',
      tag: MODELS,
      summary: 'Its versions, oldest first',
      params: ofModel,
      query: z.strictObject(paged(100, 1000)),
      answers: { 200: { description: 'a page of versions', schema: listOf('weir.model-versions/1', versionItem) } },
      refuses: ['not-found'],
      handle: ({ params, query }) => ({
        json: partOf(
          'weir.model-versions/1',
          'model-versions',
          registry.list(params.model).toReversed(),
          query,
          versionJson,
        ),
      }),
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/versions/{version}',
      tag: MODELS,
      summary: 'One of its versions',
      params: ofVersion,
      answers: { 200: { description: 'the version', schema: modelVersion } },
      refuses: ['not-found'],
      handle: ({ params }) => ({ json: modelVersionJson(registry.get(params.model, params.version)) }),
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/versions/{version}/content',
      tag: MODELS,
      summary: 'What was registered: the bytes of a file, or the JSON of a value',
      params: ofVersion,
      answers: {
        200: {
          description: 'verified by its hash before anybody sees a byte of it',
          content: { 'application/octet-stream': { type: 'string' }, 'application/json': {} },
        },
      },
      refuses: ['not-found', 'file-system'],
      async handle({ params }, c) {
        const content = await modelContent(store, registry.get(params.model, params.version));
        if (content.kind === 'value') {
          const headers = { 'content-type': 'application/json', ...attachment(`${content.fileName}.json`) };
          return new Response(content.json, { headers });
        }
        const headers = {
          'content-type': 'application/octet-stream',
          'content-length': String(content.size),
          ...attachment(content.fileName),
        };
        if (c.req.method === 'HEAD') return new Response(null, { headers });
        return new Response(Readable.toWeb(createReadStream(content.path)) as ReadableStream, { headers });
      },
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/decisions',
      tag: MODELS,
      summary: 'What was compared and promoted, oldest first, with both figures',
      params: ofModel,
      query: z.strictObject(paged(100, 1000)),
      answers: { 200: { description: 'a page of decisions', schema: listOf('weir.model-decisions/1', decision) } },
      refuses: ['not-found'],
      handle: ({ params, query }) => ({
        json: partOf(
          'weir.model-decisions/1',
          'model-decisions',
          registry.decisions(params.model).toReversed(),
          query,
          decisionJson,
        ),
      }),
    }),
    route({
      method: 'post',
      path: '/api/models/{model}/promote',
      tag: MODELS,
      summary: 'Give a version a stage; what was in Production is archived',
      params: ofModel,
      body: z.strictObject({
        version: z.union([z.int().min(1), name('a number, a stage, an alias or latest')]),
        stage: name('None, Staging, Production or Archived; left out, Production').optional(),
      }),
      answers: { 200: { description: 'the version', schema: modelVersion } },
      refuses: ['not-found', 'conflict'],
      async handle({ params, body: { version: selector, stage = 'Production' } }, c) {
        const wish = { model: params.model, selector, stage: parseStage(stage), by: BY };
        const { promoted } = await promote({ store, now }, wish);
        return { json: toReader(c, () => modelVersionJson(promoted)) };
      },
    }),
    route({
      method: 'post',
      path: '/api/models/{model}/rollback',
      tag: MODELS,
      summary: 'Undo the last promotion',
      params: ofModel,
      answers: { 200: { description: 'the version that is in Production again', schema: modelVersion } },
      refuses: ['not-found', 'conflict'],
      async handle({ params }, c) {
        const restored = await rollback({ store, now }, { model: params.model, by: BY });
        return { json: toReader(c, () => modelVersionJson(restored)) };
      },
    }),
  ];
}
