import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';

/** Bounds of every TTL in milliseconds, these included (contract: KMS and leases §0.1). */
const MIN_TTL = 60_000;
const MAX_TTL = 315_576_000_000;

/**
 * A TTL text the server reads without doubt; whole seconds, rounded down.
 *
 * @throws InfisicalConfigError outside one minute to ten years, which the server refuses
 */
export function toTtl(
  operation: string,
  name: string,
  ttl: Duration | undefined,
): string | undefined {
  const ms = ttlMilliseconds(operation, name, ttl);
  return ms === undefined ? undefined : `${Math.floor(ms / 1000)}s`;
}

/**
 * Checks that leases which ask for no TTL can be made. The server does not
 * compare the two, and refuses each such lease (contract: dynamic secrets
 * §2.3).
 *
 * @throws InfisicalConfigError
 */
export function checkTtls(
  operation: string,
  defaultTTL: Duration | undefined,
  maxTTL: Duration | null | undefined,
): void {
  const usual = ttlMilliseconds(operation, 'defaultTTL', defaultTTL);
  const most = ttlMilliseconds(operation, 'maxTTL', maxTTL ?? undefined);
  if (usual === undefined || most === undefined || usual <= most) return;
  throw new InfisicalConfigError(
    `${operation}: defaultTTL (${usual} ms) must not be longer than maxTTL (${most} ms): no lease could be made without a ttl of its own.`,
  );
}

function ttlMilliseconds(
  operation: string,
  name: string,
  ttl: Duration | undefined,
): number | undefined {
  if (ttl === undefined) return undefined;
  const ms = toMilliseconds(ttl, `${operation}: ${name}`);
  if (ms >= MIN_TTL && ms <= MAX_TTL) return ms;
  throw new InfisicalConfigError(
    `${operation}: ${name} must be from 1 minute (${MIN_TTL} ms) to 10 years (${MAX_TTL} ms); got ${ms} ms.`,
  );
}
