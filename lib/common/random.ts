/**
 * A source of numbers in [0, 1). Handed in, so that jitter can be tested.
 *
 * @example
 * ```ts
 * const random: Random = () => 0.5; // no jitter, for a test
 * const client = new InfisicalClient({ random });
 * ```
 *
 * @publicApi
 */
export type Random = () => number;

/** A value spread evenly over `value` ± `ratio` (0.1 is ten percent). */
export function jitter(value: number, ratio: number, random: Random): number {
  return value * (1 + ratio * (2 * random() - 1));
}
