import type { Environment, SimulatedScope } from './folders.js';
import { RateLimiter } from './rate-limiter.js';
import {
  isOpen,
  isWindow,
  type Schedule,
  type ServerSettings,
  type Where,
  type Window,
} from './schedule.js';
import { SecretTree } from './secret-tree.js';

/** What the server answers, before the network has its way. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A request, as far as the server looks at it. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** All JWTs of one login. */
interface TokenFamily {
  readonly id: string;
  /** Seconds. */
  readonly createdAt: number;
  readonly ttl: number;
  readonly maxTtl: number;
  readonly period: number;
  /** Whether somebody else got it, and handed it over. */
  readonly isGiven: boolean;
  usesLeft: number;
  isDead: boolean;
}

/** One JWT. */
export interface IssuedToken {
  readonly family: TokenFamily;
  /** Seconds of the server's calendar; undefined when it has no end. */
  readonly exp: number | undefined;
  readonly iat: number;
}

/** The age that no token of Gen 2 outlives, in seconds (contract: auth §0). */
const MAX_AGE = 7_776_000;

/** Seconds that the date of a slow answer may be wrong by. */
const CALENDAR_ERROR = 10;

/** Lockout of Universal Auth by default (contract: auth §2.3). Seconds. */
const LOCKOUT = { threshold: 3, duration: 300, reset: 30 };

export const CLIENT_ID = 'simulated-client';
const WRONG = 'outdated-secret';
const RIGHT = 'current-secret';

/** Tokens, logins, lockout, limits and lists as the contract has them, in memory. */
export class ScriptedServer {
  readonly tree: SecretTree;
  /** The identity was locked by failed logins of the client under test. */
  lockouts = 0;
  #settings: ServerSettings;
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #limiter = new RateLimiter();
  #serial = 0;
  /** The latest token of those that were handed over, or were renewed after that. */
  #given: string | undefined;
  #failures = 0;
  #failedAt = -Infinity;
  #lockedUntil = -Infinity;

  /** @param elapsed milliseconds since the start, the truth */
  constructor(
    private readonly schedule: Schedule,
    private readonly start: number,
    private readonly elapsed: () => number,
  ) {
    this.#settings = schedule.server;
    this.tree = new SecretTree(schedule.hasImports);
  }

  get settings(): ServerSettings {
    return this.#settings;
  }

  reconfigure(settings: Partial<ServerSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** The administrator revokes every token. */
  revokeAll(): void {
    for (const { family } of this.#tokens.values()) family.isDead = true;
  }

  /** Somebody changes secrets; whatever is cut or spoilt now stays so. */
  change(environment: Environment): void {
    const isNow = (kind: 'secrets-cut' | 'secrets-spoilt'): boolean =>
      this.is(kind, (of) => of.environment === environment);
    this.tree.revise(environment, {
      isCut: isNow('secrets-cut'),
      isSpoilt: isNow('secrets-spoilt'),
    });
  }

  /** The credentials that whoever runs the client has given it. */
  get givenSecret(): string {
    return this.is('wrong-credentials') ? WRONG : RIGHT;
  }

  /** The server's calendar, in milliseconds. */
  get calendar(): number {
    return this.start + this.elapsed() + this.schedule.server.skew;
  }

  token(text: string): IssuedToken | undefined {
    return this.#tokens.get(text);
  }

  /** Milliseconds that tokens live now at least. */
  get tokenLife(): number {
    const { ttl, period, maxTtl } = this.#settings;
    const life = period || ttl || Infinity;
    return (maxTtl > 0 && !period ? Math.min(life, maxTtl) : life) * 1000;
  }

  /** A token from somebody who fetches them, and fetches a new one in time. */
  givenToken(): string {
    const known = this.givenNow;
    const now = this.calendar / 1000;
    const isYoung =
      known &&
      now < (known.iat + (known.exp ?? Infinity)) / 2 &&
      this.givenWorks;
    if (!isYoung || !this.#given) {
      const { accessToken } = this.open(true).body as { accessToken: string };
      this.#given = accessToken;
    }
    return this.#given;
  }

  /** A token has reached the client. */
  received(accessToken: string): void {
    if (this.token(accessToken)?.family.isGiven) this.#given = accessToken;
  }

  /** Whether the latest of those tokens works. */
  get givenWorks(): boolean {
    const token = this.givenNow;
    return token !== undefined && !this.hasExpired(token) && !isUsedUp(token);
  }

  /** Whether a token has expired, and its holder can know. */
  isKnownToBeExpired(token: IssuedToken): boolean {
    const { family, exp, iat } = token;
    // One of a second may have been issued at its end.
    if (exp === undefined || exp - iat <= 1) return false;
    if (!family.isGiven) return this.hasExpired(token);
    // Of a token from elsewhere only the calendar tells, as answers tell it.
    const isOver = this.calendar > (exp + CALENDAR_ERROR) * 1000;
    return this.hasRightCalendar && isOver;
  }

  /** Whether client and server agree on what time it is. */
  get hasRightCalendar(): boolean {
    const { server, events } = this.schedule;
    return server.skew === 0 && !events.some(({ kind }) => kind === 'jump');
  }

  /** Whether the server takes this token for expired. */
  hasExpired({ exp }: IssuedToken): boolean {
    return exp !== undefined && Math.floor(this.calendar / 1000) >= exp;
  }

  answer(asked: Asked): Answer {
    const path = asked.target.split('?')[0] ?? '';
    const route = `${asked.method} ${path}`;
    const { headers, wait } = this.#limiter.count(
      route,
      this.elapsed(),
      this.#settings,
    );
    const answer = wait === undefined ? this.route(asked, path) : tooMany(wait);
    const date = new Date(this.calendar).toUTCString();
    return { ...answer, headers: { date, ...headers, ...answer.headers } };
  }

  private route(asked: Asked, path: string): Answer {
    const body = JSON.parse(asked.body ?? '{}') as Record<string, string>;
    switch (path) {
      case '/api/v1/auth/universal-auth/login':
        return this.login(body.clientSecret ?? '');
      case '/api/v1/auth/token/renew':
        return this.renew(body.accessToken ?? '');
      case '/api/v1/auth/token/revoke':
        return this.revoke(body.accessToken ?? '');
      case '/api/v4/secrets':
        if (this.#settings.api === 'v4') return this.list(asked);
        break;
      case '/api/v3/secrets/raw':
        return this.list(asked);
      case '/api/v1/identities/details':
        return this.authenticate(asked) ?? reply(200, { identityDetails: {} });
    }
    // The framework's own 404, without reqId (contract: auth §5).
    return {
      ...reply(404, {}),
      body: {
        statusCode: 404,
        error: 'Not Found',
        message: `Route ${asked.method}:${path} not found`,
      },
    };
  }

  private login(secret: string): Answer {
    const now = this.elapsed();
    if (now < this.#lockedUntil || this.is('locked-by-others')) {
      return refuse(
        401,
        'UnauthorizedError',
        'This identity auth method is temporarily locked, please try again later',
      );
    }
    if (secret !== RIGHT) {
      const isRow = now - this.#failedAt < LOCKOUT.reset * 1000;
      this.#failures = isRow ? this.#failures + 1 : 1;
      this.#failedAt = now;
      if (this.#failures >= LOCKOUT.threshold) {
        this.#lockedUntil = now + LOCKOUT.duration * 1000;
        this.lockouts++;
      }
      return refuse(401, 'UnauthorizedError', 'Invalid credentials');
    }
    this.#failures = 0;
    return this.open(false);
  }

  /** The first token of a family. */
  private open(isGiven: boolean): Answer {
    const { ttl, maxTtl, period, uses } = this.#settings;
    const family: TokenFamily = {
      id: `family-${++this.#serial}`,
      createdAt: Math.floor(this.calendar / 1000),
      ttl,
      maxTtl,
      period,
      isGiven,
      usesLeft: uses || Infinity,
      isDead: false,
    };
    const life = this.lifeOf(family);
    const told = period ? 1e9 : maxTtl;
    return this.grant(family, life, period || ttl, told);
  }

  private renew(text: string): Answer {
    const token = this.#tokens.get(text);
    if (!token || this.hasExpired(token)) return EXPIRED;
    const { family } = token;
    const { generation } = this.#settings;
    if (isUsedUp(token)) {
      return refuse(
        401,
        'UnauthorizedError',
        'Cannot renew: token has been revoked',
      );
    }
    if (generation === 'middle') {
      const { ttl, period, maxTtl } = family;
      return this.issue(token, period || ttl, maxTtl);
    }
    const life = this.lifeOf(family);
    const spent = Math.floor(this.calendar / 1000) - family.createdAt;
    const isOver = family.maxTtl > 0 && !family.period;
    if (generation === 'gen1') {
      if (isOver && spent + family.ttl > family.maxTtl) {
        // A refused renewal kills the token that still worked.
        family.isDead = true;
        return refuse(
          401,
          'UnauthorizedError',
          'Failed to renew MI access token past its Max TTL expiration',
        );
      }
      return this.grant(
        family,
        life,
        family.period || family.ttl,
        family.maxTtl,
      );
    }
    if (isOver && spent >= family.maxTtl) {
      return refuse(
        401,
        'UnauthorizedError',
        'Cannot renew: identity access token has reached its max TTL',
      );
    }
    return this.grant(
      family,
      life,
      life ?? 0,
      family.period ? 0 : family.maxTtl,
    );
  }

  private revoke(text: string): Answer {
    const token = this.#tokens.get(text);
    if (!token || this.hasExpired(token)) return EXPIRED;
    token.family.isDead = true;
    return reply(200, { message: 'Successfully revoked access token' });
  }

  private list(asked: Asked): Answer {
    const refusal = this.authenticate(asked);
    if (refusal) return refusal;
    const scope = scopeOf(asked.target);
    const isHere = ({ where }: { where?: Where }): boolean =>
      hits(where, scope);
    if (this.is('permission-lost', isHere)) {
      return refuse(
        403,
        'PermissionDenied',
        'You are not allowed to read on secrets',
      );
    }
    if (this.is('folder-gone', isHere)) {
      return refuse(
        404,
        'NotFound',
        `Folder with path '${scope.path}' in environment with slug '${scope.environment}' not found`,
      );
    }
    const { etag, body } = this.tree.list(scope);
    if (!this.#settings.etags) return reply(200, body);
    if (asked.headers['if-none-match'] === etag) {
      return { status: 304, headers: { etag }, body: undefined };
    }
    return { ...reply(200, body), headers: { etag } };
  }

  private authenticate(asked: Asked): Answer | undefined {
    const token = this.#tokens.get(asked.headers.authorization?.slice(7) ?? '');
    if (!token || this.hasExpired(token)) return EXPIRED;
    const { family } = token;
    if (family.isDead) {
      return refuse(
        401,
        'UnauthorizedError',
        'Failed to authorize: token has been revoked',
      );
    }
    if (--family.usesLeft < 0) {
      return refuse(
        401,
        'UnauthorizedError',
        'Failed to authorize: token usage limit reached',
      );
    }
    return undefined;
  }

  /** Seconds that a JWT of this family lives from now on; undefined when it has no end. */
  private lifeOf(family: TokenFamily): number | undefined {
    const wanted = family.period || family.ttl;
    if (this.#settings.generation !== 'gen2') return wanted || undefined;
    const spent = Math.floor(this.calendar / 1000) - family.createdAt;
    const budget =
      family.maxTtl > 0 && !family.period ? family.maxTtl - spent : Infinity;
    return Math.min(wanted || Infinity, budget, MAX_AGE);
  }

  private grant(
    family: TokenFamily,
    life: number | undefined,
    expiresIn: number,
    maxTtl: number,
  ): Answer {
    const iat = Math.floor(this.calendar / 1000);
    const exp =
      life === undefined ? undefined : iat + Math.max(1, Math.floor(life));
    return this.issue({ family, iat, exp }, expiresIn, maxTtl);
  }

  private issue(token: IssuedToken, expiresIn: number, maxTtl: number): Answer {
    const { family, iat, exp } = token;
    const claims = {
      identityAccessTokenId: family.id,
      authTokenType: 'identityAccessToken',
      serial: ++this.#serial,
      iat,
      exp,
      ...(this.#settings.generation === 'gen2'
        ? {
            jti: family.id,
            creationEpoch: family.createdAt,
            accessTokenTTL: family.ttl,
            accessTokenMaxTTL: family.period ? 0 : family.maxTtl,
            accessTokenPeriod: family.period,
          }
        : undefined),
    };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const accessToken = `e30.${payload}.x`;
    this.#tokens.set(accessToken, token);
    return reply(200, {
      accessToken,
      expiresIn,
      accessTokenMaxTTL: maxTtl,
      tokenType: 'Bearer',
    });
  }

  private get givenNow(): IssuedToken | undefined {
    return this.#tokens.get(this.#given ?? '');
  }

  /** Whether a window is open, of all of a kind or of those that are meant. */
  private is<Kind extends WindowKind>(
    kind: Kind,
    isMeant: (window: Extract<Window, { kind: Kind }>) => boolean = () => true,
  ): boolean {
    return this.schedule.events.some(
      (event) =>
        event.kind === kind &&
        isWindow(event) &&
        isOpen(event, this.elapsed()) &&
        isMeant(event as Extract<Window, { kind: Kind }>),
    );
  }
}

function isUsedUp({ family }: IssuedToken): boolean {
  return family.isDead || family.usesLeft <= 0;
}

type WindowKind = Exclude<Window['kind'], 'fault'>;

/** The scope of a list. */
export function scopeOf(target: string): SimulatedScope {
  const query = new URLSearchParams(target.split('?')[1]);
  return {
    environment: query.get('environment') as Environment,
    path: query.get('secretPath') ?? '/',
    recursive: query.get('recursive') === 'true',
  };
}

function hits(where: Where | undefined, scope: SimulatedScope): boolean {
  const { environment = scope.environment, recursive = scope.recursive } =
    where ?? {};
  return environment === scope.environment && recursive === scope.recursive;
}

function tooMany(seconds: number): Answer {
  return refuse(
    429,
    'RateLimitExceeded',
    `Rate limit exceeded. Please try again in ${seconds} seconds`,
  );
}

function reply(status: number, body: object): Answer {
  return { status, headers: {}, body };
}

function refuse(statusCode: number, error: string, message: string): Answer {
  return reply(statusCode, {
    reqId: 'req-simulated',
    statusCode,
    error,
    message,
  });
}

const EXPIRED = refuse(
  403,
  'TokenError',
  'Your token has expired. Please re-authenticate.',
);
