/** A source of numbers in [0, 1). Handed in, so that jitter can be tested. */
export type Random = () => number;

/** A value spread evenly over `value` ± `ratio` (0.1 is ten percent). */
export function jitter(value: number, ratio: number, random: Random): number {
  return value * (1 + ratio * (2 * random() - 1));
}
