import type { JwtPayload } from 'jsonwebtoken';
import { forbidden, unauthorized } from '../../http/api-error.js';
import type { Jwt } from '../../packages.js';
import type { JwtAuth } from '../../state/auth-models.js';
import type { JwtProvider } from '../providers/token-providers.js';
import { claimOf, matchesList, matchesPolicy } from './bound-claims.js';

export function acceptJwt(
  jwt: Jwt,
  config: JwtAuth,
  token: string,
  provider: JwtProvider,
): undefined {
  const claims = verify(jwt, config, token, provider);
  const { boundIssuer, boundSubject, boundAudiences, boundClaims } = config;
  // Issuer and subject are 403, the others 401 (contract: auth §2.4).
  if (boundIssuer && claims.iss !== boundIssuer) {
    throw forbidden('Access denied: issuer mismatch');
  }
  if (boundSubject) {
    if (!claims.sub) {
      throw unauthorized('Access denied: token has no subject field');
    }
    if (!matchesPolicy(claims.sub, boundSubject)) {
      throw forbidden('Access denied: subject not allowed');
    }
  }
  if (boundAudiences) {
    if (!claims.aud) {
      throw unauthorized('Access denied: token has no audience field');
    }
    if (!matchesList(claims.aud, boundAudiences)) {
      throw unauthorized('Access denied: token audience not allowed');
    }
  }
  for (const [name, allowed] of Object.entries(boundClaims)) {
    const value = claimOf(claims, name);
    if (value === undefined || value === null || value === '') {
      throw unauthorized(`Access denied: token has no ${name} field`);
    }
    if (!matchesList(value, allowed)) {
      throw unauthorized(`Access denied: claim mismatch for field ${name}`);
    }
  }
}

function verify(
  jwt: Jwt,
  config: JwtAuth,
  token: string,
  provider: JwtProvider,
): JwtPayload {
  const decoded = jwt.decode(token, { complete: true });
  if (!decoded) throw unauthorized('Invalid JWT');
  const ring = provider.keys(config.jwksUrl);
  const check = (key: string): JwtPayload =>
    jwt.verify(token, key, { clockTimestamp: ring.now() }) as JwtPayload;
  if (config.configurationType === 'jwks') {
    const { kid } = decoded.header;
    const key = ring.find(kid);
    if (!key) {
      throw unauthorized(
        `Access denied: Unable to find a signing key that matches '${kid}'`,
      );
    }
    try {
      return check(key);
    } catch (error) {
      throw unauthorized(`Access denied: ${(error as Error).message}`);
    }
  }
  const own = config.publicKeys.length > 0;
  const errors: string[] = [];
  for (const key of own ? config.publicKeys : ring.all()) {
    try {
      return check(key);
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  throw unauthorized(
    `Access denied: JWT verification failed with all keys. Errors - ${errors.join('; ')}`,
  );
}
