import type { JwtPayload } from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { badRequest, forbidden, unauthorized } from '../http/api-error.js';
import { isTrustedIp } from '../http/client-ip.js';
import type { TokenPolicy } from '../state/auth-models.js';
import type { Store } from '../state/store.js';
import { IDENTITY_TOKEN, type JwtSigner } from './jwt-signer.js';
import {
  type Grant,
  type IssuedToken,
  type LoginAnswer,
  type TokenEngine,
  type TokenHolder,
  type TokenOrigin,
  UNTRUSTED_IP,
} from './token-engine.js';

interface TokenRow extends Grant {
  readonly id: string;
  readonly createdAt: number;
  lastRenewedAt: number;
  numUses: number;
}

/** What Gen 1 reports as the max TTL of a periodic token. */
const PRETEND_INFINITE = 1_000_000_000;
const NO_TOKEN = 'No identity access token found';

/**
 * The older engine: a row per token. A refused renewal deletes the row, so the
 * token that was still good dies with it (contract: auth §3.1).
 */
export class Gen1Tokens implements TokenEngine {
  private readonly rows = new Map<string, TokenRow>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly store: Store,
    /** A renewed token keeps the expiry it had. */
    private readonly keepsExpiry: boolean,
  ) {}

  issue(grant: Grant): IssuedToken {
    const { policy, identityAuth } = grant;
    const now = this.signer.now();
    const row: TokenRow = {
      ...grant,
      id: randomUUID(),
      createdAt: now,
      lastRenewedAt: now,
      numUses: 0,
    };
    this.rows.set(row.id, row);
    const ttl = policy.accessTokenPeriod || policy.accessTokenTTL;
    const accessToken = this.signer.sign({
      identityId: grant.identity.id,
      ...(grant.clientSecretId && { clientSecretId: grant.clientSecretId }),
      identityAccessTokenId: row.id,
      authTokenType: IDENTITY_TOKEN,
      ...(identityAuth && { identityAuth }),
      iat: now,
      ...(ttl > 0 && { exp: now + ttl }),
    });
    return { id: row.id, answer: this.answer(accessToken, policy) };
  }

  renew(token: string): LoginAnswer {
    const claims = this.signer.verify(token);
    if (claims.authTokenType !== IDENTITY_TOKEN) {
      throw badRequest('Only identity access tokens can be renewed');
    }
    const row = this.row(claims);
    this.checkLimits(row);
    const { policy: auth } = row;
    const now = this.signer.now();
    const ttl = auth.accessTokenPeriod || auth.accessTokenTTL;
    const maxTtl = this.maxTtl(auth);
    if (maxTtl > 0 && now + ttl > row.createdAt + maxTtl) {
      this.kill(
        row,
        'Failed to renew MI access token past its Max TTL expiration',
      );
    }
    row.lastRenewedAt = now;
    const exp = this.keepsExpiry ? claims.exp : ttl > 0 ? now + ttl : undefined;
    const { exp: _exp, ...kept } = claims;
    const accessToken = this.signer.sign({
      ...kept,
      iat: now,
      ...(exp !== undefined && { exp }),
    });
    return this.answer(accessToken, auth);
  }

  revoke(token: string): void {
    const claims = this.signer.verify(token);
    if (claims.authTokenType !== IDENTITY_TOKEN) {
      throw unauthorized('Only identity access tokens can be revoked');
    }
    this.rows.delete(this.row(claims).id);
  }

  authorize(claims: JwtPayload, ip: string): TokenHolder {
    const row = this.row(claims);
    const { policy, organization } = row;
    const identity = this.store.identities.get(row.identity.id);
    if (!identity) throw unauthorized(NO_TOKEN);
    const ranges = policy.accessTokenTrustedIps;
    if (ranges && !isTrustedIp(ip, ranges)) throw forbidden(UNTRUSTED_IP);
    if (identity.membership === 'none') {
      throw badRequest('Identity does not belong to this organization');
    }
    this.checkLimits(row);
    row.numUses++;
    return { identity, organization };
  }

  end(origin: TokenOrigin, id: string): void {
    for (const row of this.rows.values()) {
      const origins = {
        identity: row.identity.id,
        method: row.policy.id,
        clientSecret: row.clientSecretId,
      };
      if (origins[origin] === id) this.rows.delete(row.id);
    }
  }

  private row(claims: JwtPayload): TokenRow {
    const row = this.rows.get(String(claims.identityAccessTokenId));
    if (!row) throw unauthorized(NO_TOKEN);
    return row;
  }

  private checkLimits(row: TokenRow): void {
    const { policy: auth } = row;
    const now = this.signer.now();
    const limit = auth.accessTokenNumUsesLimit;
    if (limit > 0 && row.numUses >= limit) {
      this.kill(
        row,
        'Unable to renew because access token number of uses limit reached',
      );
    }
    const ttl = auth.accessTokenPeriod || auth.accessTokenTTL;
    if (ttl > 0 && now > row.lastRenewedAt + ttl) {
      this.kill(row, 'Failed to renew MI access token due to TTL expiration');
    }
    const maxTtl = this.maxTtl(auth);
    if (maxTtl > 0 && now > row.createdAt + maxTtl) {
      this.kill(
        row,
        'Failed to renew MI access token due to Max TTL expiration',
      );
    }
  }

  private kill(row: TokenRow, message: string): never {
    this.rows.delete(row.id);
    throw unauthorized(message);
  }

  private maxTtl(auth: TokenPolicy): number {
    return auth.accessTokenPeriod > 0 ? 0 : auth.accessTokenMaxTTL;
  }

  private answer(accessToken: string, auth: TokenPolicy): LoginAnswer {
    const periodic = auth.accessTokenPeriod > 0;
    return {
      accessToken,
      expiresIn: periodic ? auth.accessTokenPeriod : auth.accessTokenTTL,
      accessTokenMaxTTL: periodic ? PRETEND_INFINITE : auth.accessTokenMaxTTL,
      tokenType: 'Bearer',
    };
  }
}
