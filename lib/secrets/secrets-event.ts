import type { SecretProblem } from './missing-secrets.error.js';

/**
 * Something that did not go well after a refresh; never a value:
 * - `value-kept`: the new value of a secret is missing, hidden or invalid, so the old one stays in use where `problem` says
 * - `refresh-rejected`: the schema of the scope refused what a refresh found, for `error`, so all old values stay in use
 * - `handler-failed`: a method with `@OnSecretChange` threw `error`, which is as the method threw it
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
      readonly kind: 'handler-failed';
      /** Class and method. */
      readonly handler: string;
      readonly error: unknown;
    };
