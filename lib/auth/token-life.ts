import { Redacted } from '../common/redaction.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { ServerTime } from '../http/server-time.js';

/** An access token and what is known about its life. Times are monotonic milliseconds. */
export interface TokenLife {
  readonly token: Redacted;
  /** Rises with every new token string, so that a rejection can be told from an old one. */
  readonly generation: number;
  /** When the call that brought it was sent. */
  readonly obtainedAt: number;
  /** When it stops working; Infinity when it never does. */
  readonly expiresAt: number;
  /** How long one renewal makes it live; Infinity when unknown or unlimited. */
  readonly ttl: number;
  /** When no renewal can extend it any more; Infinity when there is no such limit. */
  readonly maxExpiresAt: number;
  /** Whether these moments are read off a calendar, which may be wrong. */
  readonly isByCalendar?: boolean;
}

/** The four fields of a login or renewal (contract: auth §2.1). */
export interface TokenAnswer {
  readonly accessToken: string;
  /** Seconds; 0 says nothing. */
  readonly expiresIn: number;
  /** Seconds since the first issue; 0 is no limit. */
  readonly accessTokenMaxTTL: number;
}

interface TokenClaims {
  iat?: number;
  exp?: number;
  accessTokenTTL?: number;
  accessTokenMaxTTL?: number;
  accessTokenPeriod?: number;
  creationEpoch?: number;
}

/** `iat` and `exp` are whole seconds: a token may be issued almost a second after its `iat`. */
export const CLAIM_RESOLUTION = 1000;

/** Milliseconds by which readings of the server's calendar differ for no reason. */
const CALENDAR_RESOLUTION = 1000;

/** Whose moments the claims of a token are. */
type Calendar = Pick<ServerTime, 'now' | 'unsure'>;

/**
 * Checks the fields of a login or renewal.
 *
 * @throws InfisicalHttpError when they are not what the contract says
 */
export function readTokenAnswer(data: unknown): TokenAnswer {
  const { accessToken, expiresIn, accessTokenMaxTTL } = (data ?? {}) as Record<
    string,
    unknown
  >;
  if (
    typeof accessToken !== 'string' ||
    !accessToken ||
    !isSeconds(expiresIn) ||
    !isSeconds(accessTokenMaxTTL)
  ) {
    throw new InfisicalHttpError(
      'The answer to the login is not Infisical’s: it holds no usable access token. Check siteUrl.',
      { status: 200, code: 'UnreadableAnswer', hint: 'Check siteUrl.' },
    );
  }
  return { accessToken, expiresIn, accessTokenMaxTTL };
}

/** The life of a token that has just been issued by a login. */
export function lifeOfLogin(
  answer: TokenAnswer,
  sentAt: number,
  generation: number,
): TokenLife {
  const ttl = lifetimeOf(answer);
  return {
    token: new Redacted(answer.accessToken),
    generation,
    obtainedAt: sentAt,
    expiresAt: sentAt + ttl,
    ttl,
    maxExpiresAt: limit(sentAt, answer.accessTokenMaxTTL),
  };
}

/**
 * The life of a renewed token. A server that answers 200 without extending
 * (the middle generation, field report node-sdk-v2#14) returns the claims of
 * the first issue: their expiry, not the answer's `expiresIn`, is believed.
 */
export function lifeOfRenewal(
  answer: TokenAnswer,
  previous: TokenLife,
  sentAt: number,
  generation: number,
): TokenLife {
  const before = readClaims(previous.token.reveal());
  const after = readClaims(answer.accessToken);
  const extended =
    after?.exp === undefined || before?.exp === undefined
      ? true
      : after.exp > before.exp;
  const ttl = lifetimeOf(answer);
  return {
    token: new Redacted(answer.accessToken),
    generation,
    obtainedAt: sentAt,
    expiresAt: extended ? sentAt + ttl : previous.expiresAt,
    ttl,
    maxExpiresAt: previous.maxExpiresAt,
  };
}

/**
 * The life of a token that was given from outside, of unknown age. Its claims
 * are moments of the server's calendar.
 *
 * @param calendar the server's, as far as it is known
 */
export function lifeOfGivenToken(
  accessToken: string,
  monotonic: number,
  calendar: Calendar,
  generation: number,
): TokenLife {
  const claims = readClaims(accessToken);
  const fromEpoch = (seconds: number): number => {
    const left = seconds * 1000 - calendar.now();
    return monotonic + Math.max(left - calendar.unsure, left / 2);
  };
  const { exp, iat, creationEpoch, accessTokenMaxTTL } = claims ?? {};
  const expiresAt = exp === undefined ? Infinity : fromEpoch(exp);
  return {
    token: new Redacted(accessToken),
    generation,
    obtainedAt: monotonic,
    // Expired already? The calendar may be wrong: let the server say so.
    expiresAt: expiresAt > monotonic ? expiresAt : Infinity,
    ttl: exp === undefined || iat === undefined ? Infinity : (exp - iat) * 1000,
    maxExpiresAt:
      creationEpoch !== undefined && accessTokenMaxTTL
        ? fromEpoch(creationEpoch + accessTokenMaxTTL)
        : Infinity,
    isByCalendar: true,
  };
}

/** The same life, by what the server has told of its calendar meanwhile; undefined when that changes nothing. */
export function datedAnew(
  life: TokenLife,
  monotonic: number,
  calendar: Calendar,
): TokenLife | undefined {
  if (!life.isByCalendar) return undefined;
  const { generation, obtainedAt } = life;
  const token = life.token.reveal();
  const dated = lifeOfGivenToken(token, monotonic, calendar, generation);
  return Math.abs(dated.expiresAt - life.expiresAt) > CALENDAR_RESOLUTION
    ? { ...dated, obtainedAt }
    : undefined;
}

/** When the token ends, in milliseconds of the wall clock, as it tells itself. */
export function expiryOf(accessToken: string): number | undefined {
  const exp = readClaims(accessToken)?.exp;
  return exp === undefined ? undefined : exp * 1000;
}

/** Whose token it is, as it tells itself; undefined when it does not. */
export function holderOf(accessToken: string): string | undefined {
  if (accessToken.startsWith('st.')) return accessToken.split('.')[1];
  const { identityId, userId } = decodePayload(accessToken) ?? {};
  const holder = identityId ?? userId;
  return typeof holder === 'string' ? holder : undefined;
}

/**
 * Whether the server may renew the token: it refuses that for the token of a
 * person (contract: auth §3.1).
 */
export function isRenewable(life: TokenLife): boolean {
  return decodePayload(life.token.reveal())?.authTokenType !== 'accessToken';
}

/** Whether the token tells its own renewal rules (Gen 2; contract: auth §3.4). */
export function tellsItsRules(life: TokenLife): boolean {
  return readClaims(life.token.reveal())?.creationEpoch !== undefined;
}

/** Milliseconds that the token lives from its issue: the JWT first, then `expiresIn`. */
function lifetimeOf(answer: TokenAnswer): number {
  const claims = readClaims(answer.accessToken);
  if (claims?.exp !== undefined && claims.iat !== undefined) {
    const life = Math.max(0, claims.exp - claims.iat) * 1000;
    return Math.max(life - CLAIM_RESOLUTION, life / 2);
  }
  // A JWT without an end, or no JWT at all: the server keeps the time.
  return answer.expiresIn > 0 ? answer.expiresIn * 1000 : Infinity;
}

function limit(start: number, seconds: number): number {
  return seconds > 0 ? start + seconds * 1000 : Infinity;
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function readClaims(token: string): TokenClaims | undefined {
  const claims = decodePayload(token);
  if (!claims) return undefined;
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(claims)) {
    if (isSeconds(value)) numbers[name] = value;
  }
  return numbers;
}

function decodePayload(token: string): Record<string, unknown> | undefined {
  const payload = token.split('.')[1];
  if (!payload) return undefined;
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(payload, 'base64url').toString('utf8'),
    );
    return typeof claims === 'object' && claims !== null
      ? (claims as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
