import type { JwtPayload } from 'jsonwebtoken';
import { matchesGlob } from '../../access/glob.js';
import { unauthorized } from '../../http/api-error.js';
import type { Jwt } from '../../packages.js';
import type { SpiffeAuth } from '../../state/auth-models.js';
import type { SpiffeProvider } from '../providers/token-providers.js';

export function acceptSpiffe(
  jwt: Jwt,
  config: SpiffeAuth,
  token: string,
  spiffe: SpiffeProvider,
): undefined {
  const { trustDomain, allowedSpiffeIds } = config;
  const { sub = '' } = verify(jwt, config, token, spiffe);
  const domain = /^spiffe:\/\/([^/]+)(?:\/|$)/.exec(sub)?.[1];
  if (
    domain !== trustDomain ||
    !allowedSpiffeIds.some((one) => matchesGlob(sub, one))
  ) {
    throw unauthorized('Access denied');
  }
}

function verify(
  jwt: Jwt,
  { trustDomain, allowedAudiences }: SpiffeAuth,
  token: string,
  spiffe: SpiffeProvider,
): JwtPayload {
  const keys = spiffe.keys(trustDomain);
  const kid = jwt.decode(token, { complete: true })?.header.kid;
  const key = keys.find(kid);
  if (!key) throw unauthorized('JWT-SVID verification failed');
  const claims = verifySignature(jwt, token, key);
  // The audience is judged before the expiry.
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.some((one) => allowedAudiences.includes(one))) {
    throw unauthorized('JWT-SVID audience validation failed');
  }
  if (claims.exp !== undefined && keys.now() >= claims.exp) {
    throw unauthorized('JWT-SVID has expired');
  }
  return claims;
}

function verifySignature(jwt: Jwt, token: string, key: string): JwtPayload {
  try {
    return jwt.verify(token, key, {
      algorithms: ['RS256'],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    }) as JwtPayload;
  } catch (error) {
    throw unauthorized(
      (error as Error).message === 'invalid signature'
        ? 'JWT-SVID signature verification failed'
        : 'JWT-SVID verification failed',
    );
  }
}
