import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { warnOnce } from '../common/warn-once.js';
import type {
  DeprecatedClientOptions,
  InfisicalClientOptions,
} from './client-options.js';

/** What to use in their place. */
const INSTEAD: Readonly<Record<keyof DeprecatedClientOptions, string>> = {
  clientId: '`auth: { universalAuth: { clientId, clientSecret } }`',
  clientSecret: '`auth: { universalAuth: { clientId, clientSecret } }`',
  accessToken: '`auth: { accessToken }`',
  cacheTtl: '`cache: { ttl, sliding: true }`, where a number is milliseconds',
};

/**
 * The options with the deprecated ones in the form of today.
 *
 * @throws InfisicalConfigError when an old and a new one say the same thing
 */
export function withoutDeprecated(
  options: InfisicalClientOptions,
  logger: ClientLogger,
): InfisicalClientOptions {
  const used = (Object.keys(INSTEAD) as (keyof typeof INSTEAD)[]).filter(
    (name) => options[name] !== undefined,
  );
  if (used.length === 0) return options;
  for (const name of used) {
    warnOnce(
      logger,
      `deprecated:${name}`,
      `The option ${name} is deprecated: use ${INSTEAD[name]}.`,
    );
  }
  const { clientId, clientSecret, accessToken, cacheTtl, ...rest } = options;
  return {
    ...rest,
    ...(cacheTtl !== undefined && { cache: cacheOf(cacheTtl, rest) }),
    ...((clientId ?? clientSecret ?? accessToken) !== undefined && {
      auth: authOf({ clientId, clientSecret, accessToken }, rest),
    }),
  };
}

function authOf(
  { clientId, clientSecret, accessToken }: DeprecatedClientOptions,
  { auth }: InfisicalClientOptions,
): InfisicalClientOptions['auth'] {
  const universal = clientId !== undefined || clientSecret !== undefined;
  if (auth !== undefined || (universal && accessToken !== undefined)) {
    throw new InfisicalConfigError(
      'More than one login is given: leave clientId, clientSecret and accessToken out, and use `auth` with one login method.',
    );
  }
  if (accessToken !== undefined) return { accessToken };
  // A half pair is told by the login method.
  return {
    universalAuth: {
      clientId: clientId ?? '',
      clientSecret: clientSecret ?? '',
    },
  };
}

/** The first SDKs counted from the last use. */
function cacheOf(
  seconds: number,
  { cache }: InfisicalClientOptions,
): InfisicalClientOptions['cache'] {
  if (cache !== undefined) {
    throw new InfisicalConfigError(
      'Both cache and cacheTtl are given: leave cacheTtl out.',
    );
  }
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    throw new InfisicalConfigError(
      'cacheTtl must be a number of seconds; 0 is off. Better use cache: { ttl }.',
    );
  }
  return { ttl: seconds * 1000, sliding: true };
}
