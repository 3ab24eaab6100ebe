import type { JwtPayload } from 'jsonwebtoken';
import { unauthorized } from '../../http/api-error.js';
import type { Jwt } from '../../packages.js';
import type { AzureAuth } from '../../state/auth-models.js';
import type { AzureProvider } from '../providers/token-providers.js';

/** Errors of jsonwebtoken are let through: they answer 403 (auth §2.4). */
export function acceptAzure(
  jwt: Jwt,
  config: AzureAuth,
  token: string,
  azure: AzureProvider,
): undefined {
  const { tenantId, allowedServicePrincipalIds: allowed } = config;
  const decoded = jwt.decode(token, { complete: true });
  if (!decoded || typeof decoded.payload === 'string') {
    throw new Error('The JWT cannot be read');
  }
  const keys = azure.keys(tenantId);
  const key = keys.find(decoded.header.kid);
  if (!key) throw unauthorized('Invalid signing key');
  const { aud } = decoded.payload;
  const isBare = typeof aud === 'string' && !aud.endsWith('/');
  const claims = jwt.verify(token, key, {
    algorithms: ['RS256'],
    audience: isBare ? config.resource.replace(/\/$/, '') : config.resource,
    issuer: `https://sts.windows.net/${tenantId}/`,
    clockTimestamp: keys.now(),
  }) as JwtPayload;
  if (claims.tid !== tenantId) throw unauthorized('Tenant ID mismatch');
  if (allowed.length > 0 && !allowed.includes(String(claims.oid))) {
    throw unauthorized('Access denied: Azure service principal not allowed.');
  }
}
