/**
 * How long properties are tried: short and always the same in the gate, where a failure must be somebody's doing; long and
 * by chance with WEIR_TEST_ROUNDS. WEIR_TEST_SEED is what a failure has told, to see it again.
 */
const { WEIR_TEST_ROUNDS: asked, WEIR_TEST_SEED: seed } = process.env;

const GATE_SEED = 20_261_123;

export function rounds(short: number): { readonly numRuns: number; readonly seed?: number } {
  const numRuns = asked === undefined ? short : Number(asked);
  if (seed !== undefined) return { numRuns, seed: Number(seed) };
  return asked === undefined ? { numRuns, seed: GATE_SEED } : { numRuns };
}
