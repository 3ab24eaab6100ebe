import { inspect } from 'node:util';

/** What is printed in place of a secret. */
export const REDACTED = '[redacted]';

/**
 * Holds a value that must not be printed. `toString`, `JSON.stringify`,
 * `util.inspect` and spreading show `[redacted]`; only `reveal()` gives the
 * value.
 *
 * @example
 * ```ts
 * const material = await kms.keys.exportPrivateKey(keyId);
 * logger.log(`exported ${material}`); // exported [redacted]
 * const bytes: Buffer = material.reveal();
 * ```
 *
 * @publicApi
 */
export class Redacted<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
