import type { JwtPayload } from 'jsonwebtoken';
import { createSecretKey, randomBytes } from 'node:crypto';
import type { Clock } from '../../../common/clock.js';
import type { Jwt } from '../packages.js';
import { IssuedTokens } from './issued-tokens.js';

export const IDENTITY_TOKEN = 'identityAccessToken';
export const USER_TOKEN = 'accessToken';

/** How many tokens with a good signature are remembered. */
const MAX_GOOD = 1000;

/** Signs and checks access tokens; the handed-in clock judges their expiry. */
export class JwtSigner {
  readonly issued = new IssuedTokens();
  // A key object: a text would be tried as a public key first, on each request.
  readonly #good = new Map<string, JwtPayload>();
  readonly #secret = createSecretKey(randomBytes(32));

  constructor(
    private readonly jwt: Jwt,
    private readonly clock: Clock,
  ) {}

  /** The current second since the epoch. */
  now(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  sign(
    claims: JwtPayload,
    algorithm: 'HS256' | 'HS384' | 'HS512' = 'HS256',
  ): string {
    const token = this.jwt.sign(claims, this.#secret, { algorithm });
    this.issued.add(claims, token);
    return token;
  }

  /** The claims, or an error of jsonwebtoken whose text is the contract's. */
  verify(token: string): JwtPayload {
    const claims = this.claims(token);
    if (this.issued.isExpired(claims)) {
      const now = new Date(this.clock.now());
      throw new this.jwt.TokenExpiredError('jwt expired', now);
    }
    return claims;
  }

  /** A signature is checked once; the times are checked on every use. */
  private claims(token: string): JwtPayload {
    const now = this.now();
    const known = this.#good.get(token);
    if (known && isInForce(known, now)) return known;
    const claims = this.jwt.verify(token, this.#secret, {
      algorithms: ['HS256'],
      clockTimestamp: now,
    });
    if (typeof claims === 'string') return {};
    if (this.#good.size >= MAX_GOOD) this.#good.clear();
    this.#good.set(token, Object.freeze(claims));
    return claims;
  }
}

function isInForce({ exp, nbf }: JwtPayload, now: number): boolean {
  return (exp === undefined || now < exp) && (nbf === undefined || nbf <= now);
}
