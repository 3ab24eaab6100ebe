import { InfisicalError } from '../common/infisical.error.js';
import type { SecretRecord } from './secret-record.js';

/**
 * A batch of several requests stopped half-way: earlier requests did their
 * work, a later one failed. Send the rest again from `index` on, after looking
 * at `cause`: when that is a timeout or a broken connection, the request that
 * failed may have been carried out, too.
 *
 * @example
 * ```ts
 * import { items } from './import.js';
 *
 * try {
 *   await client.secrets.createMany(items);
 * } catch (error) {
 *   if (!(error instanceof PartialBatchError)) throw error;
 *   logger.warn(`${error.written.length} are written, ${error.index} is next`);
 * }
 * ```
 *
 * @publicApi
 */
export class PartialBatchError extends InfisicalError {
  /** The call, such as `secrets.createMany`. */
  readonly operation: string;
  /** What the earlier requests answered, in the order that was given. */
  readonly written: readonly SecretRecord[];
  /** Index of the first secret that was not written; those behind it were not either. */
  readonly index: number;

  constructor(
    operation: string,
    written: readonly SecretRecord[],
    index: number,
    cause: Error,
  ) {
    super(
      `${operation} stopped at [${index}]; the ${index} before it are done and in \`written\`. ${cause.message}`,
      { cause },
    );
    this.operation = operation;
    this.written = written;
    this.index = index;
  }
}
