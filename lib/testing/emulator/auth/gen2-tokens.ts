import type { JwtPayload } from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { badRequest, forbidden, unauthorized } from '../http/api-error.js';
import { isTrustedIp } from '../http/client-ip.js';
import type { ClientSecret, Identity, UniversalAuth } from '../state/models.js';
import type { Store } from '../state/store.js';
import { IDENTITY_TOKEN, type JwtSigner } from './jwt-signer.js';
import type { LoginAnswer, TokenEngine } from './token-engine.js';

/** No token lives longer than 90 days, in seconds. */
const MAX_TOKEN_AGE = 7_776_000;

/** The claims a renewal works from (contract: auth §3.4). */
interface Claims extends JwtPayload {
  identityId: string;
  identityAccessTokenId: string;
  accessTokenTTL: number;
  accessTokenMaxTTL: number;
  accessTokenPeriod: number;
  creationEpoch: number;
  numUsesLimit?: number;
}

/** The current engine: everything is in the token, a revocation is a marker. */
export class Gen2Tokens implements TokenEngine {
  private readonly revoked = new Set<string>();
  private readonly usesLeft = new Map<string, number>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly store: Store,
  ) {}

  issue(identity: Identity, secret: ClientSecret): LoginAnswer {
    const auth = identity.universalAuth as UniversalAuth;
    const id = randomUUID();
    const now = this.signer.now();
    const { organization } = this.store;
    const periodic = auth.accessTokenPeriod > 0;
    const limit = auth.accessTokenNumUsesLimit;
    const claims: Claims = {
      identityId: identity.id,
      identityName: identity.name,
      authMethod: 'universal-auth',
      orgId: organization.id,
      rootOrgId: organization.id,
      parentOrgId: organization.id,
      clientSecretId: secret.id,
      identityAccessTokenId: id,
      ipRestrictionEnabled: auth.accessTokenTrustedIps !== undefined,
      accessTokenTTL: auth.accessTokenTTL,
      accessTokenMaxTTL: periodic ? 0 : auth.accessTokenMaxTTL,
      accessTokenPeriod: auth.accessTokenPeriod,
      creationEpoch: now,
      authTokenType: IDENTITY_TOKEN,
      identityAuth: {},
      ...(limit > 0 && { numUsesLimit: limit }),
      jti: id,
    };
    const accessToken = this.sign(claims, this.grantedTtl(claims));
    return {
      accessToken,
      // The configured value, not the life of this very token (auth §2.1).
      expiresIn: periodic ? auth.accessTokenPeriod : auth.accessTokenTTL,
      accessTokenMaxTTL: claims.accessTokenMaxTTL,
      tokenType: 'Bearer',
    };
  }

  renew(token: string): LoginAnswer {
    const claims = this.identityClaims(token);
    if (
      !claims.identityId ||
      !claims.identityAccessTokenId ||
      typeof claims.creationEpoch !== 'number'
    ) {
      throw unauthorized(
        'Invalid identity access token claims, please re-authenticate',
      );
    }
    if (this.revoked.has(claims.identityAccessTokenId)) {
      throw unauthorized('Cannot renew: token has been revoked');
    }
    if (!this.store.identities.has(claims.identityId)) {
      throw unauthorized('Cannot renew: identity tokens have been revoked');
    }
    if (this.uses(claims) === 0) {
      throw unauthorized('Cannot renew exhausted access token');
    }
    const ttl = this.grantedTtl(claims);
    if (ttl <= 0) {
      throw unauthorized(
        'Cannot renew: identity access token has reached its max TTL',
      );
    }
    return {
      accessToken: this.sign(claims, ttl),
      expiresIn: ttl,
      accessTokenMaxTTL: claims.accessTokenMaxTTL,
      tokenType: 'Bearer',
    };
  }

  revoke(token: string): void {
    this.revoked.add(this.identityClaims(token).identityAccessTokenId);
  }

  authorize(payload: JwtPayload, ip: string): Identity {
    const claims = payload as Claims;
    if (this.revoked.has(claims.identityAccessTokenId)) {
      throw unauthorized('Failed to authorize: token has been revoked');
    }
    const identity = this.store.identities.get(claims.identityId);
    if (!identity) {
      throw unauthorized(
        'Failed to authorize: identity tokens have been revoked',
      );
    }
    const ranges = identity.universalAuth?.accessTokenTrustedIps;
    if (ranges && !isTrustedIp(ip, ranges)) {
      throw forbidden(
        'You are not allowed to access this resource from the current IP address',
      );
    }
    const uses = this.uses(claims);
    if (uses === 0) {
      throw unauthorized('Failed to authorize: token usage limit reached');
    }
    if (uses !== undefined) {
      this.usesLeft.set(claims.identityAccessTokenId, uses - 1);
    }
    return identity;
  }

  private identityClaims(token: string): Claims {
    const claims = this.signer.verify(token);
    if (claims.authTokenType !== IDENTITY_TOKEN) {
      throw badRequest('Token is not an identity access token');
    }
    return claims as Claims;
  }

  /** Uses left over all renewals; undefined without a limit. */
  private uses(claims: Claims): number | undefined {
    const limit = claims.numUsesLimit;
    return limit
      ? (this.usesLeft.get(claims.identityAccessTokenId) ?? limit)
      : undefined;
  }

  /** The shortest of what is asked, what is left, and the ceiling. */
  private grantedTtl(claims: Claims): number {
    const bounds = [MAX_TOKEN_AGE];
    const requested = claims.accessTokenPeriod || claims.accessTokenTTL;
    if (requested > 0) bounds.push(requested);
    if (claims.accessTokenMaxTTL > 0 && !(claims.accessTokenPeriod > 0)) {
      const end = claims.creationEpoch + claims.accessTokenMaxTTL;
      bounds.push(end - this.signer.now());
    }
    return Math.min(...bounds);
  }

  private sign(claims: Claims, ttl: number): string {
    const iat = this.signer.now();
    return this.signer.sign({ ...claims, iat, exp: iat + ttl });
  }
}
