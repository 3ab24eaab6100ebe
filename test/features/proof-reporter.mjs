import { readFileSync } from 'node:fs';
import { basename, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('..', import.meta.url));

/** The tables whose rows must be proven. */
const TABLES = ['features.json', 'defects.json'];

/**
 * Holds every row of the tables to its word: a row names the tests that prove
 * it, or argues why there is none and may name tests that show its point. The
 * run fails when one of them did not run or did not pass, or when a row has
 * neither. A run of some files only is held to the rows whose tests are all in
 * these files.
 */
export default class ProofReporter {
  #options;
  #problems = [];

  constructor(globalConfig) {
    this.#options = globalConfig;
  }

  onRunComplete(_contexts, { testResults }) {
    this.#problems = [];
    // Tests left out by name prove nothing either way.
    if (this.#options.testNamePattern) return;
    const results = new Map(
      testResults.map((result) => [
        relative(tests, result.testFilePath).split(sep).join('/'),
        result.testResults,
      ]),
    );
    for (const table of TABLES) this.#checkTable(table, results);
  }

  getLastError() {
    if (this.#problems.length === 0) return undefined;
    return new Error(this.#problems.join('\n'));
  }

  #checkTable(table, results) {
    const { rows } = JSON.parse(
      readFileSync(new URL(table, import.meta.url), 'utf8'),
    );
    const counts = { proven: 0, argued: 0, left: 0 };
    for (const row of rows) counts[this.#checkRow(table, row, results)]++;
    if (counts.left > 0) return;
    console.log(
      `${basename(table, '.json')}: ${rows.length} rows, ${counts.proven} proven, ${counts.argued} argued`,
    );
  }

  #checkRow(table, row, results) {
    const named = row.proof ?? row.shown ?? [];
    if (!row.argued && !(row.proof?.length > 0)) {
      this.#tell(table, row, 'has neither test nor reason');
    }
    if (this.#isPartial(named, results)) return 'left';
    for (const test of named) {
      if (isProof(test, results)) continue;
      this.#tell(
        table,
        row,
        `has no passing test "${test.test}" in ${test.file}`,
      );
    }
    return row.argued ? 'argued' : 'proven';
  }

  /** Whether the run was asked for some files, and these are not all there. */
  #isPartial(named, results) {
    const { testPathPatterns, onlyChanged, onlyFailures, ...rest } =
      this.#options;
    const some =
      testPathPatterns.patterns.length > 0 ||
      onlyChanged ||
      onlyFailures ||
      rest.findRelatedTests ||
      rest.shard;
    return some && named.some(({ file }) => !results.has(file));
  }

  #tell(table, row, what) {
    const problem = `${table} ${row.id} (${row.feature ?? row.defect}) ${what}.`;
    this.#problems.push(problem);
    console.error(problem);
  }
}

/** Whether a test of that name passed in that file, and none of that name failed. */
function isProof({ file, test }, results) {
  const named = (results.get(file) ?? []).filter(({ fullName }) =>
    fullName.includes(test),
  );
  const has = (wanted) => named.some(({ status }) => status === wanted);
  return has('passed') && !has('failed');
}
