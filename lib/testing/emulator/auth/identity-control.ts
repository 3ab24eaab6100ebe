import { InfisicalConfigError } from '../../../common/infisical.error.js';
import { type AuthMethodName, METHOD_FIELDS } from '../state/auth-models.js';
import type { Identity } from '../state/models.js';
import type { Store } from '../state/store.js';
import type { EmulatorIdentities } from './identity-types.js';
import type { LockoutLock } from './lockout-lock.js';
import { ldapLockoutKey } from './logins/ldap-login.js';
import type { TokenEngine } from './token-engine.js';
import { universalAuthLockoutKey } from './universal-auth.js';

export class IdentityControl implements EmulatorIdentities {
  constructor(
    private readonly store: Store,
    private readonly tokens: TokenEngine,
    private readonly lock: LockoutLock,
  ) {}

  remove(identityId: string): void {
    this.store.identities.delete(this.find(identityId).id);
    this.tokens.end('identity', identityId);
  }

  revokeTokens(identityId: string): void {
    this.tokens.end('identity', this.find(identityId).id);
  }

  revokeClientSecrets(identityId: string): void {
    const { universalAuth } = this.find(identityId);
    for (const secret of universalAuth?.clientSecrets ?? []) {
      secret.isRevoked = true;
      this.tokens.end('clientSecret', secret.id);
    }
  }

  removeAuthMethod(identityId: string, method: string): void {
    const identity = this.find(identityId);
    const field = Object.hasOwn(METHOD_FIELDS, method)
      ? METHOD_FIELDS[method as AuthMethodName]
      : undefined;
    const policy = field && identity[field];
    if (!policy) {
      throw new InfisicalConfigError(`The identity has no method "${method}".`);
    }
    this.tokens.end('method', policy.id);
    this.store.identities.set(identity.id, { ...identity, [field]: undefined });
  }

  setMembership(
    identityId: string,
    membership: 'active' | 'inactive' | 'none',
  ): void {
    this.find(identityId).membership = membership;
  }

  holdLockoutLock(identityId: string, username?: string): () => void {
    const { universalAuth } = this.find(identityId);
    const key =
      username === undefined
        ? universalAuthLockoutKey(identityId, universalAuth?.clientId ?? '')
        : ldapLockoutKey(identityId, username);
    return this.lock.hold(key);
  }

  private find(id: string): Identity {
    const identity = this.store.identities.get(id);
    if (identity) return identity;
    throw new InfisicalConfigError(`The emulator has no identity "${id}".`);
  }
}
