import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

interface Proof {
  readonly file: string;
  readonly test: string;
}

interface Row {
  readonly id: string;
  readonly feature?: string;
  readonly defect?: string;
  /** Tests that prove it. */
  readonly proof?: readonly Proof[];
  /** Why there are none. */
  readonly argued?: string;
  /** Tests that show the point of the argument. */
  readonly shown?: readonly Proof[];
}

const FEATURES = {
  A: 23,
  B: 13,
  C: 29,
  D: 25,
  E: 17,
  F: 11,
  G: 4,
  H: 19,
  I: 11,
  J: 12,
  K: 10,
};

/** By chapter. */
const DEFECTS = {
  '0.': 13,
  '2.1.': 9,
  '2.2.': 11,
  '2.3.': 6,
  '2.4.': 5,
  '2.5.': 14,
  '2.6.': 11,
  '2.7.': 6,
  '2.8.': 3,
  '2.9.': 8,
  '2.10.': 3,
  '2.11.': 5,
  '2.13.': 9,
};

const ids = (counts: Record<string, number>, joint: string): string[] =>
  Object.entries(counts).flatMap(([chapter, count]) =>
    Array.from({ length: count }, (_, n) => `${chapter}${joint}${n + 1}`),
  );

/** Rows without a proof may only become fewer. */
const TABLES = [
  { table: 'features', expected: ids(FEATURES, '.'), mostArgued: 14 },
  { table: 'defects', expected: ids(DEFECTS, ''), mostArgued: 1 },
];

describe.each(TABLES)('table $table', ({ table, expected, mostArgued }) => {
  const { rows } = JSON.parse(
    readFileSync(new URL(`${table}.json`, import.meta.url), 'utf8'),
  ) as { rows: Row[] };

  it('has every row once', () => {
    expect(rows.map(({ id }) => id)).toEqual(expected);
  });

  it('has a test or a reason in each row, and few reasons', () => {
    for (const { id, feature, defect, proof, argued, shown } of rows) {
      const kinds = [proof && 'proof', argued && 'argued'].filter(Boolean);
      expect([id, kinds]).toEqual([id, [expect.any(String)]]);
      expect((feature ?? defect ?? '').length).toBeGreaterThan(2);
      if (proof) expect(proof.length).toBeGreaterThan(0);
      if (shown) expect(kinds).toEqual(['argued']);
    }
    const argued = rows.filter((row) => row.argued !== undefined);
    expect(argued.length).toBeLessThanOrEqual(mostArgued);
  });

  it('names tests that can be there', () => {
    const proofs = rows.flatMap(({ proof, shown }) => proof ?? shown ?? []);
    for (const { file, test } of proofs) {
      expect(file).toMatch(/\.(spec|e2e-spec)\.ts$/);
      expect(test.length).toBeGreaterThan(10);
      const url = new URL(`../${file}`, import.meta.url);
      expect([file, existsSync(url)]).toEqual([file, true]);
    }
  });
});

it('jest holds the tables to their word', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { jest: { reporters: string[] } };
  expect(manifest.jest.reporters).toEqual([
    'default',
    '<rootDir>/test/features/proof-reporter.mjs',
  ]);
});
