import type { SecretProblem } from './missing-secrets.error.js';
import type { SnapshotRefusedError } from './snapshot-store/snapshot-refused.error.js';

/**
 * Something that did not go well at a start or after a refresh; never a value:
 * - `value-kept`: the new value of a secret is missing, hidden or invalid, so the old one stays in use where `problem` says
 * - `refresh-rejected`: the schema of the scope refused what a refresh found, for `error`, so all old values stay in use
 * - `secrets-removed`: a refresh did not find secrets any more, or not their values; `kept` tells whether their last values stay in use, as `refresh.removed` says
 * - `handler-failed`: a method with `@OnSecretChange` threw `error`, which is as the method threw it
 * - `snapshot-restored`: the server was away for `error`, so the scope has a stored snapshot, `age` milliseconds old
 * - `snapshot-refused`: there was a stored snapshot for that, which may not be used
 * - `snapshot-store-failed`: the snapshot store could not be read or written, for `error`
 *
 * @example
 * ```ts
 * secrets.events$.subscribe((event: SecretsEvent) => {
 *   if (event.kind === 'value-kept') {
 *     logger.warn(`${event.problem.name} keeps its old value`);
 *   } else if (event.kind === 'handler-failed') {
 *     logger.error(`${event.handler} failed`);
 *   }
 * });
 * ```
 *
 * @publicApi
 */
export type SecretsEvent =
  | { readonly kind: 'value-kept'; readonly problem: SecretProblem }
  | { readonly kind: 'refresh-rejected'; readonly error: Error }
  | {
      readonly kind: 'secrets-removed';
      readonly names: readonly string[];
      readonly kept: boolean;
    }
  | {
      readonly kind: 'snapshot-restored';
      readonly age: number;
      readonly error: Error;
    }
  | { readonly kind: 'snapshot-refused'; readonly error: SnapshotRefusedError }
  | { readonly kind: 'snapshot-store-failed'; readonly error: Error }
  | {
      readonly kind: 'handler-failed';
      /** Class and method. */
      readonly handler: string;
      readonly error: unknown;
    };
