import type { TransportRequest } from '../../lib/http/transport.js';
import { isBelow, placeOf, type SimulatedScope } from './folders.js';
import { LimitWatch } from './limit-watch.js';
import {
  bearerOf,
  isList,
  isLogin,
  isRenewal,
  isTokenRequest,
  pathOf,
} from './requests.js';
import type { SimulatedClock } from './simulated-clock.js';
import type { Schedule } from './schedule.js';
import {
  type Answer,
  type ScriptedServer,
  scopeOf,
} from './scripted-server.js';
import {
  listRequestBudget,
  STATED,
  tokenRequestBudget,
} from './stated-limits.js';

/** What must hold in every schedule. */
export type Invariant =
  | 'no expired token is sent'
  | 'no rejected token is sent again'
  | 'one token request at a time'
  | 'one list request at a time'
  | 'bounded token requests'
  | 'bounded list requests'
  | 'no request in a closed window'
  | 'bounded failed logins'
  | 'never locked out'
  | 'healthy soon after the last fault'
  | 'never dead while all is well'
  | 'errors surface'
  | 'calls end'
  | 'readers see whole generations'
  | 'the age is told'
  | 'a forced refresh has what was there'
  | 'no scope holds up another'
  | 'nothing is left after the end'
  | 'nothing throws unhandled'
  | 'no busy loop'
  | 'engines come apart'
  | 'bounded tries';

export interface Violation {
  readonly invariant: Invariant;
  /** Milliseconds since the start. */
  readonly at: number;
  readonly detail: string;
}

/** Milliseconds since the start. */
export interface Times {
  readonly tokens: number[];
  readonly lists: number[];
}

/** Requests that are counted together: those for tokens, those for one list, others. */
type Kind = 'token' | 'other' | `list of ${string}`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Looks at everything that is sent, and notes what must not be. */
export class Witness {
  readonly violations: Violation[] = [];
  /** Requests in all. */
  requests = 0;
  /** The engine was closed. */
  isOver = false;
  /** When requests for tokens, and for lists, were sent. */
  readonly times: Times = { tokens: [], lists: [] };
  readonly #sent = new Map<Kind, number[]>();
  readonly #open = new Map<Kind, number>();
  readonly #confirmedAt: number[] = [];
  readonly #limits = new LimitWatch();
  readonly #listBudget: number;
  readonly #rejected = new Set<string>();
  readonly #failedLogins: number[] = [];
  #knowsRefusal = false;
  readonly #seen = new Set<Invariant>();
  /** Shortest life of a token so far, as its holder can know it. */
  #life = Infinity;
  /** What tokens were thrown away for by the server lately. */
  #extra = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly clock: SimulatedClock,
    private readonly server: ScriptedServer,
  ) {
    const { refreshInterval, events } = schedule;
    const isForced = events.some(({ kind }) => kind === 'force-refresh');
    this.#listBudget = listRequestBudget(refreshInterval, isForced);
  }

  /** When the server last told the list of a scope, or that it is the same. */
  confirmedAt(place: number): number {
    return this.#confirmedAt[place] ?? -Infinity;
  }

  /** Notes the first violation of each kind. */
  fail(invariant: Invariant, detail: string): void {
    if (this.#seen.has(invariant)) return;
    this.#seen.add(invariant);
    const at = Math.round(this.clock.monotonic());
    this.violations.push({ invariant, at, detail });
  }

  /** A request leaves. Returns what to call when it is over. */
  sent(request: TransportRequest): () => void {
    this.requests++;
    const kind = kindOf(request);
    const now = this.clock.monotonic();
    if (this.isOver) {
      this.fail('nothing is left after the end', `${kind} was sent`);
    }
    if (isList(request)) this.times.lists.push(now);
    if (isTokenRequest(request)) this.times.tokens.push(now);
    this.checkToken(request);
    this.checkRate(kind, isList(request), now);
    const closed = this.#limits.sent(request, now);
    if (closed) this.fail('no request in a closed window', closed);
    const open = (this.#open.get(kind) ?? 0) + 1;
    this.#open.set(kind, open);
    if (open > 1 && kind === 'token') {
      this.fail('one token request at a time', 'two were open');
    }
    if (open > 1 && isList(request)) {
      this.fail('one list request at a time', `two ${kind} were open`);
    }
    return () => {
      this.#open.set(kind, (this.#open.get(kind) ?? 0) - 1);
    };
  }

  /** The client knows that a request did not reach the server. */
  unsent(request: TransportRequest): void {
    this.#limits.unsent(request);
  }

  /** An answer has reached the client. */
  answered(request: TransportRequest, answer: Answer): void {
    const { status, headers, body } = answer;
    this.#limits.answered(request, headers, this.clock.monotonic());
    const { error, accessToken } = (body ?? {}) as Record<string, unknown>;
    const isRejection =
      status === 401 || (status === 403 && error === 'TokenError');
    const kind = kindOf(request);
    if (isRejection && kind !== 'token') {
      this.#rejected.add(bearerOf(request));
      this.#extra++;
    }
    if (isList(request) && (status === 200 || status === 304)) {
      this.confirm(scopeOf(request.target));
    }
    if (isLogin(request)) this.judgeLockout(status, isRejection);
    if (kind === 'token' && status === 200 && typeof accessToken === 'string') {
      this.server.received(accessToken);
      const token = this.server.token(accessToken);
      const seconds =
        token?.exp === undefined ? Infinity : token.exp - token.iat;
      const life = Math.max(seconds - 1, seconds / 2) * 1000;
      this.#life = Math.min(this.#life, life);
    }
  }

  private checkToken(request: TransportRequest): void {
    const text = isRenewal(request)
      ? (JSON.parse(request.body ?? '{}') as Record<string, string>).accessToken
      : bearerOf(request);
    const token = text ? this.server.token(text) : undefined;
    if (!text || !token) return;
    if (this.server.isKnownToBeExpired(token)) {
      this.fail(
        'no expired token is sent',
        `${request.method} ${pathOf(request)}`,
      );
    }
    if (this.#rejected.has(text) && !isRenewal(request)) {
      this.fail(
        'no rejected token is sent again',
        `${request.method} ${pathOf(request)}`,
      );
    }
  }

  private confirm(list: SimulatedScope): void {
    this.schedule.scopes.forEach((scope, place) => {
      const isHeld =
        placeOf(scope) === placeOf(list) ||
        (list.recursive &&
          list.environment === scope.environment &&
          isBelow(scope.path, list.path));
      if (isHeld) this.#confirmedAt[place] = this.clock.monotonic();
    });
  }

  private checkRate(kind: Kind, isList: boolean, now: number): void {
    if (kind === 'other') return;
    const sent = this.#sent.get(kind) ?? [];
    this.#sent.set(kind, sent);
    sent.push(now);
    while ((sent[0] ?? now) <= now - MINUTE) sent.shift();
    const budget = isList
      ? this.#listBudget
      : tokenRequestBudget(this.#life) + 2 * this.#extra;
    if (sent.length <= budget) return;
    this.fail(
      isList ? 'bounded list requests' : 'bounded token requests',
      `${sent.length} in a minute, where ${Math.floor(budget)} are stated`,
    );
  }

  /** Whoever was never told of a refusal cannot know that answers that got lost were refusals. */
  private judgeLockout(status: number, isRefusal: boolean): void {
    if (this.server.lockouts > 0 && this.#knowsRefusal) {
      this.fail(
        'never locked out',
        'three failed logins within the counter window',
      );
    }
    this.server.lockouts = 0;
    if (status === 200) this.#knowsRefusal = false;
    if (!isRefusal) return;
    this.#knowsRefusal = true;
    this.countFailedLogin();
  }

  private countFailedLogin(): void {
    const now = this.clock.monotonic();
    const failed = this.#failedLogins;
    failed.push(now);
    while ((failed[0] as number) <= now - HOUR) failed.shift();
    if (failed.length > STATED.refusedLoginsPerHour) {
      this.fail('bounded failed logins', `${failed.length} in an hour`);
    }
  }
}

function kindOf(request: TransportRequest): Kind {
  if (isTokenRequest(request)) return 'token';
  return isList(request)
    ? `list of ${placeOf(scopeOf(request.target))}`
    : 'other';
}
