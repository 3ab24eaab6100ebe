import type { Schedule } from './schedule.js';
import type { Violation } from './witness.js';

/** A schedule that broke something. */
export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What is left of it when nothing more can be left out. */
  readonly smallest: Schedule;
}
