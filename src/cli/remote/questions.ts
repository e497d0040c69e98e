/** `weir why | compare`, and `retry --dry-run`, on a server elsewhere: it answers, and nothing of it changes. */
import type { ComparisonJson } from '../../engine/tell/comparison-json.ts';
import type { RetryForecastJson } from '../../engine/tell/retry-forecast-json.ts';
import type { WhyRunJson, WhySlotsJson } from '../../engine/tell/why-asked.ts';
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { tellComparison } from '../runs/compare.ts';
import { sayRoot, tellForecast } from '../runs/retry-forecast.ts';
import { tellWhy } from '../runs/why.ts';
import { type Client, pathOf } from './client.ts';

export async function askWhy(client: Client, [text]: [string?], flags: GlobalFlags): Promise<number> {
  tellWhy(await client.get<WhyRunJson | WhySlotsJson>('/api/why', { of: text }), flags);
  return EXIT.ok;
}

export async function compareRuns(
  client: Client,
  [first, second]: [string, string],
  flags: GlobalFlags,
): Promise<number> {
  const comparison = await client.get<ComparisonJson>(pathOf('flow-runs', first, 'comparison'), { with: second });
  tellComparison(comparison, flags, Date.now());
  return EXIT.ok;
}

interface RetryFlags extends GlobalFlags {
  readonly from?: string;
  readonly only?: string;
  readonly sameCode?: boolean;
}

export async function forecastRetry(client: Client, id: string | undefined, flags: RetryFlags): Promise<number> {
  const { from, only, sameCode } = flags;
  const query = { from, only, same_code: sameCode === true ? 'true' : undefined };
  const forecast = await client.get<RetryForecastJson>(pathOf('flow-runs', id ?? '@latest', 'retry'), query);
  sayRoot(forecast.asked, forecast.run);
  tellForecast(forecast, flags);
  return EXIT.ok;
}
