import type { TransportRequest } from '../../lib/http/transport.js';
import type { SimulatedClock } from './simulated-clock.js';
import type { Schedule } from './schedule.js';
import type { ScriptedServer } from './scripted-server.js';
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
  | 'bounded failed logins'
  | 'never locked out'
  | 'healthy soon after the last fault'
  | 'never dead while all is well'
  | 'errors surface'
  | 'calls end'
  | 'readers see whole generations'
  | 'nothing throws unhandled'
  | 'no busy loop';

export interface Violation {
  readonly invariant: Invariant;
  /** Milliseconds since the start. */
  readonly at: number;
  readonly detail: string;
}

type Kind = 'token' | 'list' | 'other';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Looks at everything that is sent, and notes what must not be. */
export class Witness {
  readonly violations: Violation[] = [];
  /** Requests in all. */
  requests = 0;
  readonly #sent: Record<Kind, number[]> = { token: [], list: [], other: [] };
  readonly #open: Record<Kind, number> = { token: 0, list: 0, other: 0 };
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
  ) {}

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
    this.checkToken(request);
    this.#sent[kind].push(now);
    this.checkRate(kind, now);
    this.#open[kind]++;
    if (kind === 'token' && this.#open.token > 1) {
      this.fail('one token request at a time', 'two were open');
    }
    if (kind === 'list' && this.#open.list > 1) {
      this.fail('one list request at a time', 'two were open');
    }
    return () => {
      this.#open[kind]--;
    };
  }

  /** An answer has reached the client. */
  answered(request: TransportRequest, status: number, body: unknown): void {
    const { error, accessToken } = (body ?? {}) as Record<string, unknown>;
    const isRejection =
      status === 401 || (status === 403 && error === 'TokenError');
    const kind = kindOf(request);
    if (isRejection && kind !== 'token') {
      this.#rejected.add(bearerOf(request));
      this.#extra++;
    }
    if (isLogin(request)) this.judgeLockout(status, isRejection);
    if (kind === 'token' && status === 200 && typeof accessToken === 'string') {
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
    // A token of a second may be issued at the end of that second: nobody can know.
    const isKnowable = token.exp === undefined || token.exp - token.iat > 1;
    if (!isKnowable) return;
    if (this.server.hasExpired(token)) {
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

  private checkRate(kind: Kind, now: number): void {
    if (kind === 'other') return;
    const sent = this.#sent[kind];
    while ((sent[0] ?? now) <= now - MINUTE) sent.shift();
    const { refreshInterval } = this.schedule;
    const budget =
      kind === 'token'
        ? tokenRequestBudget(this.#life) + 2 * this.#extra
        : listRequestBudget(refreshInterval);
    if (sent.length <= budget) return;
    this.fail(
      kind === 'token' ? 'bounded token requests' : 'bounded list requests',
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

export function pathOf({ target }: TransportRequest): string {
  return target.split('?')[0] ?? '';
}

function kindOf(request: TransportRequest): Kind {
  const path = pathOf(request);
  if (path.startsWith('/api/v1/auth/')) return 'token';
  return /^\/api\/v[34]\/secrets/.test(path) ? 'list' : 'other';
}

function isLogin(request: TransportRequest): boolean {
  return pathOf(request).endsWith('/login');
}

function isRenewal(request: TransportRequest): boolean {
  return pathOf(request).endsWith('/renew');
}

function bearerOf({ headers }: TransportRequest): string {
  return headers.authorization?.slice(7) ?? '';
}
