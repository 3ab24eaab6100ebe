import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { OVERLAP, OVERLAPS_PER_LIFE } from './lease-policy.js';

/**
 * What the overlap of old and new credentials is made of. Their sum is the time
 * before the end of a lease at which its successor is there at the latest.
 *
 * @example
 * ```ts
 * const overlap: LeaseOverlapOptions = { transaction: '5s', connect: '2s' };
 * const lease = await leases.acquire('orders-db', { overlap });
 * ```
 *
 * @publicApi
 */
export interface LeaseOverlapOptions {
  /** The longest transaction. Default 30 s. */
  transaction?: Duration;
  /** The longest login; also the time for one proof. Default 5 s. */
  connect?: Duration;
  /** Clocks of Infisical and of the database against each other. Default 5 s. */
  skew?: Duration;
  /** For everything else. Default 5 s. */
  margin?: Duration;
}

/** The overlap, resolved. Milliseconds. */
export interface LeaseOverlap {
  readonly total: number;
  readonly connect: number;
  /** How long before the end of old credentials their last connections are cut. */
  readonly skew: number;
  /** What it is made of, for messages. */
  readonly told: string;
}

const PARTS = ['transaction', 'connect', 'skew', 'margin'] as const;

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveOverlap(
  given: LeaseOverlapOptions | Duration | undefined,
): LeaseOverlap {
  if (typeof given === 'number' || typeof given === 'string') {
    const total = toMilliseconds(given, 'overlap');
    return {
      total,
      connect: Math.min(OVERLAP.connect, total),
      skew: Math.min(OVERLAP.skew, total / 4),
      told: seconds(total),
    };
  }
  assertKnownOptions(given, PARTS, 'overlap');
  const parts = PARTS.map((part) => ({
    part,
    ms: toMilliseconds(given?.[part] ?? OVERLAP[part], `overlap.${part}`),
  }));
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const of = (name: (typeof PARTS)[number]): number =>
    parts.find(({ part }) => part === name)?.ms ?? 0;
  const list = parts.map(({ part, ms }) => `${part} ${seconds(ms)}`);
  return {
    total,
    connect: of('connect'),
    skew: of('skew'),
    told: `${seconds(total)} (${list.join(' + ')})`,
  };
}

/**
 * Why a life is too short for two overlaps; undefined when it is not.
 *
 * @param ttl milliseconds
 */
export function overlapProblem(
  name: string,
  ttl: number,
  overlap: LeaseOverlap,
): string | undefined {
  const least = OVERLAPS_PER_LIFE * overlap.total;
  if (ttl >= least) return undefined;
  return `A lease of the dynamic secret "${name}" lives ${seconds(ttl)} (TTL), which cannot hold two overlaps of old and new credentials of ${overlap.told}: ${seconds(least)} are needed. Ask for a longer life (ttl, and maxTTL of the dynamic secret), or for a shorter overlap (overlap: { transaction, connect, skew, margin }) if your transactions are shorter.`;
}

/** @throws InfisicalConfigError that prints TTL, overlap with its parts, and what to change */
export function assertHolds(
  name: string,
  ttl: number,
  overlap: LeaseOverlap,
): void {
  const problem = overlapProblem(name, ttl, overlap);
  if (problem) throw new InfisicalConfigError(problem);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 10) / 100} s`;
}
