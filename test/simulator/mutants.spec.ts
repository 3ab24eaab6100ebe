import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type Mutant, MUTANTS } from './mutants.js';
import { Workshop } from './workshop.js';

/** Enough for each of them. */
const SCHEDULES = 400;

/** `SIM_MUTANTS=5` runs the first five only. */
const CHOSEN = MUTANTS.slice(0, Number(process.env['SIM_MUTANTS'] ?? Infinity));

/** Mutants that are run at a time. */
const LANES = 2;

describe('the simulator kills the mutant', () => {
  /** What each of them broke first; why it could not be run. */
  const outcomes = new Map<Mutant, string | undefined>();

  beforeAll(async () => {
    const waiting = [...CHOSEN];
    const work = async (): Promise<void> => {
      const workshop = new Workshop();
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        outcomes.set(one, await brokenBy(one, workshop).catch(String));
      }
      workshop.close();
    };
    await Promise.all(Array.from({ length: LANES }, work));
  }, 300_000);

  it.each(CHOSEN)('$mistake ($file): "$breaks"', (mutant) => {
    expect(outcomes.get(mutant)).toBe(mutant.breaks);
  });
});

async function brokenBy(
  { file, text, replacement }: Mutant,
  workshop: Workshop,
): Promise<string | undefined> {
  const parts = readFileSync(file, 'utf8').split(text);
  if (parts.length !== 2) return `The text is there ${parts.length - 1} times.`;
  workshop.write(file, parts.join(replacement));
  try {
    const plan = { firstSeed: 1, count: SCHEDULES, maxFailures: 1 };
    const { failures } = await workshop.run(plan);
    return failures[0]?.violations[0]?.invariant;
  } finally {
    workshop.restore(file);
  }
}
