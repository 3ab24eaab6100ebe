import type { Lease, LeaseWithCredentials } from '../client/lease-record.js';
import { toMilliseconds } from '../common/duration.js';
import type { LeaseLife } from './lease.state.js';

/**
 * Types whose credentials end when they end, whatever becomes of the lease: a
 * renewal moves a date, or is refused (contract: dynamic secrets §2.4).
 */
const NOT_EXTENDED = new Set([
  'kubernetes',
  'gcp-iam',
  'ssh',
  'totp',
  'github',
  'tailscale',
  'oauth',
]);

/**
 * The life of a lease that was just created.
 *
 * @param sentAt when it was asked for, monotonic milliseconds; its life counts from there
 */
export function lifeOfNew(
  lease: LeaseWithCredentials,
  generation: number,
  sentAt: number,
): LeaseLife {
  const ttl = Math.min(lifeOf(lease), ownLifeOf(lease));
  return {
    generation,
    createdAt: sentAt,
    expiresAt: sentAt + ttl,
    maxTtl: lease.maxTTL ? toMilliseconds(lease.maxTTL, 'maxTTL') : Infinity,
    ttl,
    canExtend: !NOT_EXTENDED.has(lease.type) && !isTemporary(lease.data),
  };
}

/** Life from the server's own two dates, so that its clock does not matter. */
export function lifeOf({ createdAt, expireAt }: Lease): number {
  return expireAt.getTime() - createdAt.getTime();
}

/** How long the credentials themselves live, where they tell it: a token of GitHub lives an hour, whatever the TTL. */
function ownLifeOf({ createdAt, data }: LeaseWithCredentials): number {
  const { EXPIRES_AT, TIME_REMAINING } = data;
  if (typeof EXPIRES_AT === 'string') {
    const life = Date.parse(EXPIRES_AT) - createdAt.getTime();
    if (life > 0) return life;
  }
  return typeof TIME_REMAINING === 'number' && TIME_REMAINING > 0
    ? TIME_REMAINING * 1000
    : Infinity;
}

/** Whether they are temporary ones of AWS, which nobody extends. */
function isTemporary(data: object): boolean {
  return 'SESSION_TOKEN' in data;
}
