import type { JwtPayload } from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { badRequest, forbidden, unauthorized } from '../http/api-error.js';
import { isTrustedIp } from '../http/client-ip.js';
import { METHOD_FIELDS, type AuthMethodName } from '../state/auth-models.js';
import type { Identity } from '../state/models.js';
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

/** No token lives longer than 90 days, in seconds. */
const MAX_TOKEN_AGE = 7_776_000;

/** From then on tokens of the older engine had to have an expiry. */
const ENFORCED_SINCE = Date.UTC(2026, 4, 4) / 1000;

/** The claims a renewal works from (contract: auth §3.4). */
interface Claims extends JwtPayload {
  identityId: string;
  authMethod?: AuthMethodName;
  orgId?: string;
  clientSecretId?: string;
  identityAccessTokenId: string;
  accessTokenTTL: number;
  accessTokenMaxTTL: number;
  accessTokenPeriod: number;
  creationEpoch: number;
  numUsesLimit?: number;
}

const ENDED: Record<TokenOrigin, string> = {
  identity: 'identity tokens have been revoked',
  clientSecret: 'client secret has been revoked',
  method: 'auth method has been revoked',
};

/** The current engine: everything is in the token, a revocation is a marker. */
export class Gen2Tokens implements TokenEngine {
  private readonly revoked = new Set<string>();
  private readonly usesLeft = new Map<string, number>();
  /** Where each token came from, and what of that has ended since. */
  private readonly origins = new Map<string, Record<TokenOrigin, string>>();
  private readonly ended = new Map<string, TokenOrigin>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly store: Store,
  ) {}

  issue(grant: Grant): IssuedToken {
    const { identity, policy, organization } = grant;
    const id = randomUUID();
    const now = this.signer.now();
    const root = organization.root ?? organization;
    const periodic = policy.accessTokenPeriod > 0;
    const limit = policy.accessTokenNumUsesLimit;
    const clientSecretId = grant.clientSecretId ?? '';
    const claims: Claims = {
      identityId: identity.id,
      identityName: identity.name,
      authMethod: grant.method,
      orgId: organization.id,
      rootOrgId: root.id,
      parentOrgId: root.id,
      clientSecretId,
      identityAccessTokenId: id,
      ipRestrictionEnabled: policy.accessTokenTrustedIps !== undefined,
      accessTokenTTL: policy.accessTokenTTL,
      accessTokenMaxTTL: periodic ? 0 : policy.accessTokenMaxTTL,
      accessTokenPeriod: policy.accessTokenPeriod,
      creationEpoch: now,
      authTokenType: IDENTITY_TOKEN,
      identityAuth: grant.identityAuth ?? {},
      ...(limit > 0 && { numUsesLimit: limit }),
      jti: id,
    };
    this.origins.set(id, {
      identity: identity.id,
      method: policy.id,
      clientSecret: clientSecretId,
    });
    const answer: LoginAnswer = {
      accessToken: this.sign(claims, this.grantedTtl(claims)),
      // The configured value, not the life of this very token (auth §2.1).
      expiresIn: periodic ? policy.accessTokenPeriod : policy.accessTokenTTL,
      accessTokenMaxTTL: claims.accessTokenMaxTTL,
      tokenType: 'Bearer',
    };
    return { id, answer };
  }

  renew(token: string): LoginAnswer {
    const claims = this.identityClaims(token);
    this.checkClaims(claims);
    this.checkAlive(claims, 'Cannot renew');
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

  authorize(payload: JwtPayload, ip: string): TokenHolder {
    const claims = payload as Claims;
    const identity = this.checkAlive(claims, 'Failed to authorize');
    const field = METHOD_FIELDS[claims.authMethod ?? 'universal-auth'];
    const ranges = identity[field]?.accessTokenTrustedIps;
    if (ranges && !isTrustedIp(ip, ranges)) throw forbidden(UNTRUSTED_IP);
    const uses = this.uses(claims);
    if (uses === 0) {
      throw unauthorized('Failed to authorize: token usage limit reached');
    }
    if (uses !== undefined) {
      this.usesLeft.set(claims.identityAccessTokenId, uses - 1);
    }
    const organization = this.store.organizationById(claims.orgId);
    return { identity, organization };
  }

  end(origin: TokenOrigin, id: string): void {
    for (const [token, origins] of this.origins) {
      if (origins[origin] === id && !this.ended.has(token)) {
        this.ended.set(token, origin);
      }
    }
  }

  /** Tokens of the older engine have no row here (contract: auth §3.1). */
  private checkClaims(claims: Claims): void {
    const isLegacy =
      claims.identityId && claims.identityAccessTokenId && !claims.jti;
    if (isLegacy) {
      const now = this.signer.now();
      if (claims.exp === undefined && now > ENFORCED_SINCE + MAX_TOKEN_AGE) {
        throw unauthorized(
          'Identity access token exceeded max age, please re-authenticate',
        );
      }
      throw unauthorized('Cannot renew revoked or unknown access token');
    }
    if (
      !claims.identityId ||
      !claims.identityAccessTokenId ||
      typeof claims.creationEpoch !== 'number'
    ) {
      throw unauthorized(
        'Invalid identity access token claims, please re-authenticate',
      );
    }
  }

  /** The identity, unless something ended under the token. */
  private checkAlive(claims: Claims, start: string): Identity {
    if (this.revoked.has(claims.identityAccessTokenId)) {
      throw unauthorized(`${start}: token has been revoked`);
    }
    const identity = this.store.identities.get(claims.identityId);
    const ended = this.ended.get(claims.identityAccessTokenId);
    if (!identity) throw unauthorized(`${start}: ${ENDED.identity}`);
    if (ended) throw unauthorized(`${start}: ${ENDED[ended]}`);
    if (identity.membership === 'none') {
      throw unauthorized(
        `${start}: Identity is not a member of the organization`,
      );
    }
    if (identity.membership === 'inactive') {
      throw unauthorized(
        `${start}: Identity organization membership is inactive`,
      );
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
