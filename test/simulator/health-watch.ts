import type { Engine } from './engine.js';
import { type SimulatedScope } from './folders.js';
import type { ReaderWatch } from './reader-watch.js';
import type { Schedule, ScheduledEvent } from './schedule.js';
import type { ScriptedServer } from './scripted-server.js';
import type { SimulatedClock } from './simulated-clock.js';
import { CALL_LIMIT, STATED } from './stated-limits.js';
import type { Witness } from './witness.js';

/** A login takes the place of a token that was refused. */
const RELOGIN = 5_000;

/** Below this life a token is gone while its successor is on the way. */
const LONG_LIFE = 5_000;

/** What a {@link HealthWatch} looks at. */
export interface Watched {
  readonly schedule: Schedule;
  readonly engine: Engine;
  readonly server: ScriptedServer;
  readonly clock: SimulatedClock;
  readonly witness: Witness;
  readonly readers: readonly ReaderWatch[];
}

/** Looks at how the engine is, and at what it says of that. */
export class HealthWatch {
  /** Since when all faults are over and the engine showed no trace of any. */
  wellSince: number | undefined;
  readonly #mayLoseToken: boolean;
  /** Scopes that nothing in the schedule concerns. */
  readonly #untouched: ReadonlySet<number>;
  /** The oldest that secrets of a healthy engine can be. */
  readonly #oldest: number;
  #tokenGoneSince: number | undefined;

  constructor(private readonly watched: Watched) {
    const { schedule } = watched;
    this.#oldest =
      schedule.refreshInterval * (1 + STATED.refreshSpread) + CALL_LIMIT;
    this.#mayLoseToken =
      schedule.server.uses > 0 ||
      // What a calendar in whole seconds tells may come early.
      schedule.auth !== 'login' ||
      schedule.events.some(({ kind }) => kind === 'revoke-tokens');
    this.#untouched = new Set(
      [...schedule.scopes.keys()].filter(
        (place) => this.hasLongLife && isUntouched(schedule, place),
      ),
    );
  }

  /** Whether the engine shows no trouble. */
  get isWell(): boolean {
    const { engine, readers } = this.watched;
    const isCurrent = readers.every(
      (reader, place) =>
        engine.isFresh(place) &&
        reader.isCurrent &&
        this.ageOf(place) <= this.#oldest,
    );
    if (!isCurrent || !this.hasLongLife) return isCurrent;
    return engine.hasToken && !engine.tokenError;
  }

  /** It is not well in time. */
  missed(): void {
    const { engine, witness, readers } = this.watched;
    const isTold =
      engine.tokenError ??
      readers.every((_, place) => engine.refreshError(place));
    if (!this.isOver) {
      witness.fail('healthy soon after the last fault', this.describe());
    } else if (!isTold) {
      witness.fail('errors surface', this.describe());
    }
  }

  /** Whether the one token it was given has ended: then nothing can help. */
  private get isOver(): boolean {
    const { schedule, server } = this.watched;
    return schedule.auth === 'given' && !server.givenWorks;
  }

  /**
   * Whether trouble is due while all is well: tokens that end on their way, or
   * that one round of lists uses up, so that two in a row are refused.
   */
  private get mayRelapse(): boolean {
    const { server, scopes } = this.watched.schedule;
    const isScarce = server.uses > 0 && server.uses <= scopes.length + 1;
    return this.isOver || !this.hasLongLife || isScarce;
  }

  /** Milliseconds that trouble may show while all is well. */
  get tolerance(): number {
    if (this.mayRelapse) return Infinity;
    return this.#mayLoseToken ? RELOGIN : 0;
  }

  /** A token of a few seconds may have gone before it came. */
  get hasLongLife(): boolean {
    return this.watched.server.tokenLife >= LONG_LIFE;
  }

  /** The machine slept: nobody could notice anything. */
  slept(): void {
    this.#tokenGoneSince = undefined;
  }

  /** After everything that happens. */
  look(): void {
    const { engine, clock, readers } = this.watched;
    const now = clock.monotonic();
    readers.forEach((reader, place) => this.lookAt(reader, place));
    if (!readers.every(({ hasLoaded }) => hasLoaded)) return;
    if (engine.hasToken) this.#tokenGoneSince = undefined;
    else {
      this.#tokenGoneSince ??= now;
      this.checkAbsence(now, now - this.#tokenGoneSince);
    }
  }

  describe(): string {
    const { engine, readers } = this.watched;
    const trouble = readers.map((_, place) => engine.refreshError(place));
    const error = [engine.tokenError, ...trouble].find((one) => one);
    const scopes = readers.map(
      ({ latest, isCurrent }, place) =>
        `${engine.isFresh(place) ? 'fresh' : 'stale'} ${latest}${isCurrent ? '' : ' (old)'}, confirmed ${Math.round(this.ageOf(place))} ms ago`,
    );
    return `token ${engine.hasToken ? 'there' : 'missing'}; ${scopes.join(', ')}; ${error?.message ?? 'no error'}`;
  }

  private lookAt(reader: ReaderWatch, place: number): void {
    const { engine, witness, schedule } = this.watched;
    reader.look(engine.read(place));
    if (!reader.hasLoaded) return;
    const age = this.ageOf(place);
    const isFresh = engine.isFresh(place);
    if (engine.age(place) < age || (isFresh && age > schedule.maxStale)) {
      witness.fail('the age is told', `${Math.round(age)} ms old, or more`);
    }
    const isOld = age > this.#oldest;
    if (this.wellSince !== undefined && isOld && !this.mayRelapse) {
      witness.fail('never dead while all is well', this.describe());
    }
    if (this.#untouched.has(place) && (isOld || !isFresh)) {
      witness.fail('no scope holds up another', this.describe());
    }
  }

  /** Milliseconds since the server told what readers of the scope see. */
  private ageOf(place: number): number {
    const { clock, witness } = this.watched;
    return clock.monotonic() - witness.confirmedAt(place);
  }

  /** There is no token that works. */
  private checkAbsence(now: number, duration: number): void {
    const { witness, engine } = this.watched;
    if (!this.hasLongLife) return;
    // A life is counted from the first try of a call: in trouble, a short one
    // may be over when it comes, and has no other reason.
    const outlivesCalls = this.watched.server.tokenLife > CALL_LIMIT;
    if (outlivesCalls && duration > CALL_LIMIT && !engine.tokenError) {
      witness.fail('errors surface', 'no token, and no reason why');
    }
    const since = this.wellSince;
    if (since === undefined || now <= since) return;
    // Nobody knows that a token was revoked, or is used up, before it is refused.
    if (this.isOver || (this.#mayLoseToken && duration < RELOGIN)) return;
    witness.fail('never dead while all is well', 'no usable token');
  }
}

function isUntouched(schedule: Schedule, place: number): boolean {
  const { server, auth } = schedule;
  if (server.rateLimit > 0 || auth === 'given') return false;
  const scope = schedule.scopes[place] as SimulatedScope;
  return schedule.events.every((event) => !concerns(event, scope));
}

function concerns(event: ScheduledEvent, scope: SimulatedScope): boolean {
  switch (event.kind) {
    case 'change-secrets':
    case 'force-refresh':
      return false;
    case 'secrets-cut':
    case 'secrets-spoilt':
      return event.environment === scope.environment;
    case 'permission-lost':
    case 'folder-gone': {
      const { environment = scope.environment, recursive = scope.recursive } =
        event.where ?? {};
      return environment === scope.environment && recursive === scope.recursive;
    }
    default:
      return true;
  }
}
