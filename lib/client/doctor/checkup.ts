import type { Clock } from '../../common/clock.js';
import { InfisicalHttpError } from '../../http/errors.js';
import type { CheckName, DoctorCheck, Finding } from './doctor-report.js';

/** Makes checks one after the other, and leaves out those that need one which failed. */
export class Checkup {
  readonly checks: DoctorCheck[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * @param needs checks that must not have failed
   * @throws the signal's reason; what else `look` throws is a failed check
   */
  async check(
    name: string,
    needs: readonly CheckName[],
    look: () => Finding | Promise<Finding>,
  ): Promise<void> {
    const start = this.clock.monotonic();
    const finding = this.skipped(needs) ?? (await this.attempt(look));
    const ms = Math.round(this.clock.monotonic() - start);
    this.checks.push({ name, ...finding, ms });
  }

  private skipped(needs: readonly CheckName[]): Finding | undefined {
    const lacking = this.checks.find(
      ({ name, status }) =>
        (status === 'failed' || status === 'skipped') &&
        needs.some((need) => need === name),
    );
    if (!lacking) return undefined;
    return {
      status: 'skipped',
      detail: `needs ${lacking.name}, which ${lacking.status === 'failed' ? 'failed' : 'was skipped'}`,
    };
  }

  private async attempt(
    look: () => Finding | Promise<Finding>,
  ): Promise<Finding> {
    try {
      return await look();
    } catch (error) {
      if (this.signal?.aborted) throw error;
      return failure(error);
    }
  }
}

/** A failed check out of an error: its text, and apart from it what to do. */
export function failure(error: unknown): Finding {
  const { message } = error as Error;
  const hint = error instanceof InfisicalHttpError ? error.hint : undefined;
  if (hint === undefined) return { status: 'failed', detail: message };
  return { status: 'failed', detail: message.replace(` ${hint}`, ''), hint };
}

/** Milliseconds as a person says them: `90 s`, `12 min`, `30 days`. */
export function span(ms: number): string {
  const [size, unit] = UNITS.find(([one]) => ms >= 2 * one) ?? [1000, 's'];
  return `${Math.round(ms / size)} ${unit}`;
}

const UNITS: readonly (readonly [size: number, unit: string])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];
