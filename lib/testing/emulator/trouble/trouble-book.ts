import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../common/clock.js';
import type { Random } from '../../../common/random.js';
import { matchesGlob } from '../access/glob.js';
import type {
  EmulatorActiveTrouble,
  EmulatorFault,
  EmulatorTroubleRule,
} from './trouble-types.js';

/** What a request is compared by. */
export interface TroubledRequest {
  readonly method: string;
  readonly path: string;
  /** The pattern of the route; absent for an unknown one. */
  readonly route: string | undefined;
  readonly identityId: string | undefined;
}

/** One trouble with what is left of it. */
class Trouble implements EmulatorActiveTrouble {
  readonly id = randomUUID();
  hits = 0;
  private passed = 0;
  private readonly from: number;
  private readonly until: number;

  constructor(
    readonly rule: Readonly<EmulatorTroubleRule>,
    private readonly clock: Clock,
    private readonly random: Random,
    readonly end: () => void,
  ) {
    this.from = clock.monotonic() + (rule.startsIn ?? 0);
    this.until = this.from + (rule.lasts ?? Infinity);
  }

  get isOver(): boolean {
    const { times = Infinity } = this.rule;
    return this.hits >= times || this.clock.monotonic() >= this.until;
  }

  /** Whether it hits this request; counts it, if so. */
  takes(request: TroubledRequest): boolean {
    if (this.isOver || this.clock.monotonic() < this.from) return false;
    if (!fits(this.rule, request)) return false;
    const { skip = 0, rate = 1 } = this.rule;
    if (this.passed < skip) {
      this.passed++;
      return false;
    }
    if (rate < 1 && this.random() >= rate) return false;
    this.hits++;
    return true;
  }
}

/** All trouble that was asked for. */
export class TroubleBook {
  private troubles: Trouble[] = [];

  constructor(
    private readonly clock: Clock,
    readonly random: Random,
  ) {}

  get isEmpty(): boolean {
    return this.troubles.length === 0;
  }

  add(rule: EmulatorTroubleRule): EmulatorActiveTrouble {
    const trouble: Trouble = new Trouble(
      Object.freeze({ ...rule }),
      this.clock,
      this.random,
      () => {
        this.troubles = this.troubles.filter((one) => one !== trouble);
      },
    );
    this.troubles.push(trouble);
    return trouble;
  }

  get active(): readonly EmulatorActiveTrouble[] {
    this.troubles = this.troubles.filter((one) => !one.isOver);
    return [...this.troubles];
  }

  clear(): void {
    this.troubles = [];
  }

  /**
   * What happens to a request. Troubles of an identity are asked for when the
   * token has been read, all others before.
   */
  faults(request: TroubledRequest, ofIdentity: boolean): EmulatorFault[] {
    return this.troubles
      .filter(({ rule }) => (rule.identityId !== undefined) === ofIdentity)
      .filter((trouble) => trouble.takes(request))
      .map(({ rule }) => rule);
  }
}

function fits(
  { method, path, identityId }: EmulatorTroubleRule,
  request: TroubledRequest,
): boolean {
  return (
    (method === undefined || method.toUpperCase() === request.method) &&
    (path === undefined ||
      path === request.route ||
      matchesGlob(request.path, path)) &&
    (identityId === undefined || identityId === request.identityId)
  );
}
