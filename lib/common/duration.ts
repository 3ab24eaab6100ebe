import ms, { type StringValue } from 'ms';
import { InfisicalConfigError } from './infisical.error.js';

/**
 * A length of time: a number of **milliseconds**, or a `vercel/ms` string such
 * as `'30s'`, `'5m'` or `'1h'`.
 *
 * @example
 * ```ts
 * const timeout: Duration = '5s'; // or 5000
 * const client = new InfisicalClient({ timeout });
 * ```
 *
 * @publicApi
 */
export type Duration = number | string;

/**
 * The duration in milliseconds.
 *
 * @param option the option's name, used in the error message
 * @throws InfisicalConfigError when it is negative, not finite or unreadable
 */
export function toMilliseconds(duration: Duration, option: string): number {
  // ms() answers undefined for what it cannot read ('1h30m'), and the server
  // would let that pass and fail later (contract: KMS and leases, 0.1).
  const value =
    typeof duration === 'string' && duration.trim() !== ''
      ? (ms(duration.trim() as StringValue) as number | undefined)
      : duration;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new InfisicalConfigError(
      `${option} must be a duration: a number of milliseconds or one number with one unit, such as '30s' or '5m'.`,
    );
  }
  return value;
}
