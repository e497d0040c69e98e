/** The rules of a flow that asks for nothing: no retries, no limits, no time limit. */
import type { FlowRules } from '../../src/model/flow-description.ts';
import { resolveRetryDelay } from '../../src/model/retry.ts';

export const RULES: FlowRules = {
  retries: 0,
  retryDelay: resolveRetryDelay(undefined),
  retryJitter: 0,
  crashRetries: 2,
  timeoutMs: null,
  concurrencyLimits: {},
  runName: null,
};
