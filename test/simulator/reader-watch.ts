import { namesOf, type SimulatedScope } from './folders.js';
import type { Schedule } from './schedule.js';
import { isFragile, type Revision, type SecretTree } from './secret-tree.js';
import type { Witness } from './witness.js';

type Values = ReadonlyMap<string, string>;

/** Looks at what the readers of one scope see, generation after generation. */
export class ReaderWatch {
  /** The number of the latest generation that was seen; 0 before the first. */
  latest = 0;
  #seen: Values | undefined;
  readonly #names: readonly string[];

  constructor(
    private readonly schedule: Schedule,
    private readonly scope: SimulatedScope,
    private readonly tree: SecretTree,
    private readonly witness: Witness,
  ) {
    this.#names = namesOf(scope, schedule.hasImports);
  }

  get hasLoaded(): boolean {
    return this.#seen !== undefined;
  }

  /** Whether readers see what the server has. */
  get isCurrent(): boolean {
    return this.latest === this.tree.latest(this.scope.environment);
  }

  look(values: Values | undefined): void {
    if (values === this.#seen) return;
    const problem = values ? this.problemOf(values) : 'nothing is left';
    if (problem) {
      this.witness.fail(
        'readers see whole generations',
        `${this.scope.environment} ${this.scope.path}: ${problem}`,
      );
    }
    if (!values) return;
    this.latest = Math.max(this.latest, this.numberIn(values));
    this.#seen = values;
  }

  private problemOf(values: Values): string | undefined {
    const number = this.numberIn(values);
    const revision = this.tree.revision(this.scope.environment, number);
    if (!revision) return `${number} never was`;
    if (number < this.latest) return `${number} after ${this.latest}`;
    const expected = this.#names
      .map((name) => [name, this.expected(name, number, revision)] as const)
      .filter(([, value]) => value !== undefined);
    const wrong = expected.find(([name, value]) => values.get(name) !== value);
    if (wrong) {
      return `${number}, but ${wrong[0]} is ${String(values.get(wrong[0]))}`;
    }
    return values.size === expected.length
      ? undefined
      : `${values.size} secrets for ${expected.length}`;
  }

  /** What a name must have in a generation; undefined for nothing. */
  private expected(
    name: string,
    number: number,
    { isCut, isSpoilt }: Revision,
  ): string | undefined {
    if (!isFragile(name)) return String(number);
    if (isCut) {
      // Kept; or never lost, for the refresh was to be rejected.
      return this.schedule.removed === 'drop'
        ? undefined
        : this.#seen?.get(name);
    }
    const isRefused = isSpoilt && this.schedule.hasSchema;
    return isRefused ? 'what the schema accepts' : String(number);
  }

  private numberIn(values: Values): number {
    return Number(values.get(this.#names[0] ?? ''));
  }
}
