import { createHash, timingSafeEqual } from 'node:crypto';
import { forbidden, notFound, unauthorized } from '../http/api-error.js';
import { isTrustedIp } from '../http/client-ip.js';
import type { ClientSecret, UniversalAuth } from '../state/models.js';
import type { Store } from '../state/store.js';
import { Lockout } from './lockout.js';
import type { LoginAnswer, TokenEngine } from './token-engine.js';

export interface UniversalAuthLogin {
  clientId: string;
  clientSecret: string;
  organizationSlug?: string;
  /** What Gen 1 calls it. */
  subOrganizationName?: string;
}

/** Login by client id and client secret, checked in the contract's order. */
export class UniversalAuthService {
  private readonly lockout: Lockout;

  constructor(
    private readonly store: Store,
    private readonly tokens: TokenEngine,
  ) {
    this.lockout = new Lockout(store.clock);
  }

  login(request: UniversalAuthLogin, ip: string): LoginAnswer {
    const identity = this.store.identityByClientId(request.clientId);
    const auth = identity?.universalAuth;
    if (!identity || !auth) throw unauthorized('Invalid credentials');
    const ranges = auth.clientSecretTrustedIps;
    if (ranges && !isTrustedIp(ip, ranges)) {
      throw forbidden(
        'You are not allowed to access this resource from the current IP address',
      );
    }
    if (this.lockout.isLocked(auth)) {
      throw unauthorized(
        'This identity auth method is temporarily locked, please try again later',
      );
    }
    const secret = this.matchingSecret(auth, request.clientSecret);
    if (!secret) {
      this.lockout.fail(auth);
      throw unauthorized('Invalid credentials');
    }
    this.checkSecret(secret);
    this.checkOrganization(request.organizationSlug, 'slug');
    this.checkOrganization(request.subOrganizationName, 'name');
    this.lockout.clear(auth);
    secret.numUses++;
    return this.tokens.issue(identity, secret);
  }

  private matchingSecret(
    auth: UniversalAuth,
    given: string,
  ): ClientSecret | undefined {
    return auth.clientSecrets.find(
      ({ isRevoked, secret }) => !isRevoked && sameText(secret, given),
    );
  }

  private checkSecret(secret: ClientSecret): void {
    const age = this.store.clock.now() - secret.createdAt;
    if (secret.ttl > 0 && age > secret.ttl * 1000) {
      secret.isRevoked = true;
      throw unauthorized('Access denied due to expired client secret');
    }
    if (secret.numUsesLimit > 0 && secret.numUses >= secret.numUsesLimit) {
      secret.isRevoked = true;
      throw unauthorized(
        'Access denied due to client secret usage limit reached',
      );
    }
  }

  /** There are no sub-organizations: only the own slug is known. */
  private checkOrganization(name: string | undefined, by: string): void {
    if (name === undefined || name === this.store.organization.slug) return;
    throw notFound(`Sub organization with ${by} ${name} not found`);
  }
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
