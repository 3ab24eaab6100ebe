import { unauthorized } from '../../http/api-error.js';
import type { LdapAuth } from '../../state/auth-models.js';
import type { Lockout } from '../lockout.js';
import type { LockoutLock } from '../lockout-lock.js';
import type { LdapProvider } from '../providers/ldap-provider.js';
import { TEMPORARILY_LOCKED } from '../universal-auth.js';

export interface LdapLogin {
  readonly identityId: string;
  readonly username: string;
  readonly password: string;
}

/** Binds to the directory, with a lockout for each user name. */
export async function acceptLdap(
  config: LdapAuth,
  login: LdapLogin,
  directory: LdapProvider,
  lockout: Lockout,
  lock: LockoutLock,
): Promise<undefined> {
  const key = ldapLockoutKey(login.identityId, login.username);
  if (lockout.isLocked(key)) throw unauthorized(TEMPORARILY_LOCKED);
  const fields = directory.bind(login.username, login.password);
  if (!fields) {
    if (config.lockoutEnabled) await lock.acquire(key);
    lockout.fail(key, config);
    throw unauthorized('Invalid credentials');
  }
  lockout.clear(key);
  for (const { key: name, value } of config.allowedFields) {
    const actual = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!actual) {
      throw unauthorized(`Invalid request. Missing field ${name} on user.`);
    }
    const allowed = value.split(',').map((one) => one.trim());
    if (!allowed.includes(actual)) {
      throw unauthorized(
        `Invalid request. User field '${name}' does not match required fields.`,
      );
    }
  }
}

export function ldapLockoutKey(identityId: string, username: string): string {
  const words = username.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `${identityId}:${words.join('-')}`;
}
