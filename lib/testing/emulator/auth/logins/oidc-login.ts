import type { JwtPayload } from 'jsonwebtoken';
import { forbidden, unauthorized } from '../../http/api-error.js';
import type { Jwt } from '../../packages.js';
import type { OidcAuth } from '../../state/auth-models.js';
import type { OidcProvider } from '../providers/oidc-provider.js';
import { claimOf, matchesList, matchesPolicy } from './bound-claims.js';

/** How many keys are tried for a token without a key id. */
const MAX_TRIED_KEYS = 10;

export function acceptOidc(
  jwt: Jwt,
  config: OidcAuth,
  token: string,
  oidc: OidcProvider,
) {
  const claims = verify(jwt, config, token, oidc);
  const { boundSubject, boundAudiences, boundClaims } = config;
  // This one is a 403, its neighbours are 401 (contract: auth §2.4).
  if (boundSubject && !matchesPolicy(claims.sub, boundSubject)) {
    throw forbidden('Access denied: OIDC subject not allowed.');
  }
  if (boundAudiences && !matchesList(claims.aud, boundAudiences)) {
    throw unauthorized('Access denied: OIDC audience not allowed.');
  }
  for (const [name, allowed] of Object.entries(boundClaims)) {
    const value = claimOf(claims, name);
    if (value === undefined || value === null || value === '') {
      throw unauthorized(`Access denied: token has no ${name} field`);
    }
    if (!matchesList(value, allowed)) {
      throw unauthorized('Access denied: OIDC claim not allowed.');
    }
  }
  const mapped = Object.entries(config.claimMetadataMapping)
    .map(([key, path]) => [key, claimOf(claims, path)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
  return { oidc: { claims: Object.fromEntries(mapped) as object } };
}

function verify(
  jwt: Jwt,
  { oidcDiscoveryUrl, boundIssuer }: OidcAuth,
  token: string,
  oidc: OidcProvider,
): JwtPayload {
  const failure = oidc.failure(oidcDiscoveryUrl);
  if (failure !== undefined) {
    const url = `${oidcDiscoveryUrl.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    throw unauthorized(
      `Access denied: Failed to fetch OIDC discovery document from ${url}. ${failure}`,
    );
  }
  const decoded = jwt.decode(token, { complete: true });
  if (!decoded) throw unauthorized('Invalid JWT');
  const { kid } = decoded.header;
  const ring = oidc.keys(oidcDiscoveryUrl);
  const keys = kid === undefined ? ring.all() : [ring.find(kid)];
  if (keys.length > MAX_TRIED_KEYS) {
    throw unauthorized(
      'Access denied: Unable to verify JWT signature. The token has no key id and the provider has too many keys.',
    );
  }
  let last = 'invalid signature';
  for (const key of keys) {
    if (key === undefined) {
      throw unauthorized(
        `Access denied: Unable to verify JWT signature. The signing key '${kid}' was not found in the JWKS of the OIDC provider.`,
      );
    }
    try {
      return jwt.verify(token, key, {
        algorithms: ['RS256'],
        issuer: boundIssuer,
        clockTimestamp: ring.now(),
      }) as JwtPayload;
    } catch (error) {
      last = (error as Error).message;
      if (last !== 'invalid signature') break;
    }
  }
  throw unauthorized(`Access denied: ${last}`);
}
