/** /api/artifacts: what runs left, by run and key, and its bytes as they are. */
import { z } from 'zod';
import { artifactContent, findArtifact } from '../../engine/tell/run-artifacts.ts';
import { artifactJson } from '../../engine/tell/run-json.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import type { ArtifactRow } from '../../store/artifacts.ts';
import { attachment } from '../attachment.ts';
import { partOf } from './cursor.ts';
import { name, paged } from './fields.ts';
import { ofRun } from './flow-runs.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { artifact } from './run-shapes.ts';
import { listOf } from './shapes.ts';

const ARTIFACTS = 'artifacts';
const ofArtifact = ofRun.extend({ key: name('the key of the artifact; a slash in it is written %2F') });

export function artifactRoutes({ store }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/artifacts',
      tag: ARTIFACTS,
      summary: 'What a run left, in the order in which it came',
      query: z.strictObject({ flow_run: ofRun.shape.run, ...paged(100, 1000) }),
      answers: { 200: { description: 'a page of artifacts', schema: listOf('weir.artifacts/1', artifact) } },
      refuses: ['not-found'],
      handle: ({ query }) =>
        store.overview.inSnapshot(() => {
          const { id } = selectRun(store, query.flow_run);
          const json = (row: ArtifactRow) => ({ run: id, ...artifactJson(row) });
          return { json: partOf('weir.artifacts/1', 'artifacts', store.artifacts.ofRun(id), query, json) };
        }),
    }),
    route({
      method: 'get',
      path: '/api/artifacts/{run}/{key}',
      tag: ARTIFACTS,
      summary: 'An artifact without its content',
      params: ofArtifact,
      answers: {
        200: { description: 'the artifact', schema: artifact.extend({ schema: z.literal('weir.artifact/1') }) },
      },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => {
          const row = findArtifact(store, selectRun(store, params.run), params.key);
          return { json: { schema: 'weir.artifact/1', run: row.flowRunId, ...artifactJson(row) } };
        }),
    }),
    route({
      method: 'get',
      path: '/api/artifacts/{run}/{key}/content',
      tag: ARTIFACTS,
      summary: 'Its bytes',
      params: ofArtifact,
      answers: {
        200: {
          description: 'as a download: a run may leave anything, so nothing is served as what a browser would execute',
          content: { 'application/octet-stream': { type: 'string' } },
        },
      },
      refuses: ['not-found', 'file-system'],
      handle({ params }) {
        const row = findArtifact(store, selectRun(store, params.run), params.key);
        const bytes = Uint8Array.from(artifactContent(store, row));
        return new Response(bytes, {
          headers: {
            'content-type': 'application/octet-stream',
            ...attachment(row.key.split(/[\\/]/).at(-1) || 'artifact'),
          },
        });
      },
    }),
  ];
}
