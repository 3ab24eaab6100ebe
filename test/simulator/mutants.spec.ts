import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { MUTANTS } from './mutants.js';
import { Workshop } from './workshop.js';

/** Enough for each of them. */
const SCHEDULES = 400;

describe('the simulator kills the mutant', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop();
  });
  afterAll(() => workshop.close());

  it.each(MUTANTS)(
    '$mistake ($file)',
    async ({ file, text, replacement }) => {
      const source = readFileSync(file, 'utf8');
      const parts = source.split(text);
      expect(parts).toHaveLength(2);
      workshop.write(file, parts.join(replacement));
      try {
        const plan = { firstSeed: 1, count: SCHEDULES, maxFailures: 1 };
        const { failures } = await workshop.run(plan);
        expect(failures).toHaveLength(1);
      } finally {
        workshop.restore(file);
      }
    },
    60_000,
  );
});
