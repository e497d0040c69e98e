/** GET /models: every registered model, fifty a page, in the order of the alphabet. */
import type { Hono } from 'hono';
import type { Store } from '../../../store/store.ts';
import { type ModelLine, ModelsPage } from '../../../web/pages/model/models.tsx';
import type { Pages } from '../../send-page.ts';
import { decidingMetric } from './deciding-metric.ts';

const MODELS_A_PAGE = 40;
const VERSIONS_DRAWN = 40;
/** Those by hand compare nothing. */
const DECISIONS_LOOKED_AT = 20;
const LONGEST_TEXT = 200;

export function bindModels(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/models', (c) =>
    pages.send(c, (clock) => {
      const text = (c.req.query('q') ?? '').slice(0, LONGEST_TEXT);
      const after = c.req.query('after') ?? '';
      const found = store.modelLists.names(MODELS_A_PAGE + 1, { after, text });
      const names = found.slice(0, MODELS_A_PAGE);
      const data = {
        models: names.map((name) => modelLine(store, name)),
        count: store.modelLists.count(),
        text,
        next: found.length > names.length ? (names.at(-1) ?? null) : null,
        isFirst: after === '',
      };
      return { title: 'Models', active: 'models', content: ModelsPage({ data, clock }) };
    }),
  );
}

function modelLine(store: Store, name: string): ModelLine {
  const figures = store.modelLists.figures(name, VERSIONS_DRAWN).reverse();
  const metric = decidingMetric(store.modelLists.decisions(name, DECISIONS_LOOKED_AT), figures.at(-1)?.metrics);
  const summary = store.modelLists.summary(name);
  const production = summary.production === null ? null : store.registry.get(name, summary.production);
  const promotion = production === null ? null : store.modelLists.promotionOf(name, production.version);
  return {
    name,
    description: store.modelLists.description(name),
    versions: summary.versions ?? 0,
    metric,
    values: figures.map(({ metrics }) => (metric === null ? null : (metrics[metric] ?? null))),
    production:
      production === null
        ? null
        : {
            version: production.version,
            value: metric === null ? null : (production.metrics[metric] ?? null),
            at: promotion?.at ?? null,
            run: promotion?.run ?? null,
          },
  };
}
