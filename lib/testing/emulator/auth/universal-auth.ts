import { createHash, timingSafeEqual } from 'node:crypto';
import { forbidden, unauthorized } from '../http/api-error.js';
import { isTrustedIp } from '../http/client-ip.js';
import type { ClientSecret, UniversalAuth } from '../state/auth-models.js';
import type { Store } from '../state/store.js';
import type { Lockout } from './lockout.js';
import type { LockoutLock } from './lockout-lock.js';
import type {
  OrganizationChoice,
  OrganizationScope,
} from './organization-scope.js';
import {
  type LoginAnswer,
  type TokenEngine,
  UNTRUSTED_IP,
} from './token-engine.js';

export interface UniversalAuthLogin extends OrganizationChoice {
  clientId: string;
  clientSecret: string;
}

export const TEMPORARILY_LOCKED =
  'This identity auth method is temporarily locked, please try again later';

/** Login by client id and client secret, checked in the contract's order. */
export class UniversalAuthService {
  constructor(
    private readonly store: Store,
    private readonly tokens: TokenEngine,
    private readonly scope: OrganizationScope,
    private readonly lockout: Lockout,
    private readonly lock: LockoutLock,
  ) {}

  async login(request: UniversalAuthLogin, ip: string): Promise<LoginAnswer> {
    const identity = this.store.identityByClientId(request.clientId);
    const auth = identity?.universalAuth;
    if (!identity || !auth) throw unauthorized('Invalid credentials');
    const ranges = auth.clientSecretTrustedIps;
    if (ranges && !isTrustedIp(ip, ranges)) throw forbidden(UNTRUSTED_IP);
    const key = universalAuthLockoutKey(identity.id, auth.clientId);
    if (this.lockout.isLocked(key)) throw unauthorized(TEMPORARILY_LOCKED);
    const secret = this.matchingSecret(auth, request.clientSecret);
    if (!secret) {
      if (auth.lockoutEnabled) await this.lock.acquire(key);
      this.lockout.fail(key, auth);
      throw unauthorized('Invalid credentials');
    }
    this.checkSecret(secret);
    const organization = this.scope.resolve(identity, request);
    this.lockout.clear(key);
    secret.numUses++;
    return this.tokens.issue({
      identity,
      method: 'universal-auth',
      policy: auth,
      organization,
      clientSecretId: secret.id,
    }).answer;
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
}

export function universalAuthLockoutKey(
  identityId: string,
  clientId: string,
): string {
  return `${identityId}:${clientId}`;
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
