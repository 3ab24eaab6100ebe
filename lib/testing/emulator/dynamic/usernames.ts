import type { Caller } from '../auth/auth-gate.js';
import type { DynamicSecret } from './models.js';
import { LOWER, randomText } from './random-text.js';
import { renderUsername } from './username-template.js';

/** The user name of a new lease (contract: dynamic secrets §2.3). */
export function usernameFor(
  secret: DynamicSecret,
  { identity, user }: Caller,
  now: Date,
): string {
  const { name, usernameTemplate, provider } = secret.settings;
  const { usernameStyle } = provider;
  const username = renderUsername(usernameTemplate, {
    randomUsername:
      usernameStyle === 'kubernetes'
        ? `dynamic-secret-sa-${randomText(10, LOWER)}`
        : randomText(32),
    unixTimestamp: Math.floor(now.getTime() / 1000),
    'identity.name': user ? (user.email.split('@')[0] ?? '') : identity.name,
    'dynamicSecret.name': name,
    'dynamicSecret.type': secret.type,
  });
  return usernameStyle === 'oracle' ? username.toUpperCase() : username;
}
