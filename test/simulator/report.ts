import type { Failure } from './failure.js';

/** What went wrong, and how to see it again. */
export function tell({ seed, violations, smallest }: Failure): string {
  return [
    `Seed ${seed}. Once more: SIM_SEED=${seed} npm test -- test/simulator`,
    ...violations.map(
      ({ invariant, at, detail }) =>
        `  ${(at / 1000).toFixed(1)} s: ${invariant}: ${detail}`,
    ),
    `  The smallest schedule that does it: ${JSON.stringify(smallest)}`,
  ].join('\n');
}
