import type { JwtPayload } from 'jsonwebtoken';
import { unauthorized } from '../../http/api-error.js';
import type { Jwt } from '../../packages.js';
import type { GcpAuth } from '../../state/auth-models.js';
import type { GcpProvider } from '../providers/token-providers.js';

interface GoogleClaims extends JwtPayload {
  readonly email?: string;
  readonly google?: {
    readonly compute_engine?: {
      readonly project_id?: string;
      readonly zone?: string;
    };
  };
}

const SERVICE_ACCOUNT = /^[a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com$/;

export function acceptGcp(
  jwt: Jwt,
  config: GcpAuth,
  token: string,
  identityId: string,
  google: GcpProvider,
): undefined {
  const claims =
    config.type === 'gce'
      ? verifyIdToken(jwt, token, identityId, google)
      : verifyIamToken(jwt, token, identityId, google);
  const isRefused = (allowed: readonly string[], value?: string) =>
    allowed.length > 0 && !allowed.includes(value ?? '');
  if (isRefused(config.allowedServiceAccounts, claims.email)) {
    throw unauthorized('Access denied: GCP service account not allowed.');
  }
  if (config.type !== 'gce') return;
  // A token without these details is not let through.
  const machine = claims.google?.compute_engine;
  if (isRefused(config.allowedProjects, machine?.project_id)) {
    throw unauthorized('Access denied: GCP project not allowed.');
  }
  if (isRefused(config.allowedZones, machine?.zone)) {
    throw unauthorized('Access denied: GCP zone not allowed.');
  }
}

/** Whatever is wrong with an id token ends in a 500 (auth §2.4). */
function verifyIdToken(
  jwt: Jwt,
  token: string,
  audience: string,
  google: GcpProvider,
): GoogleClaims {
  const keys = google.idKeys();
  let claims: GoogleClaims;
  try {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    claims = jwt.verify(token, keys.find(kid) ?? '', {
      algorithms: ['RS256'],
      audience,
      issuer: 'https://accounts.google.com',
      clockTimestamp: keys.now(),
    }) as GoogleClaims;
  } catch {
    throw new Error('The id token was not verified');
  }
  if (!claims.email) throw unauthorized();
  return claims;
}

function verifyIamToken(
  jwt: Jwt,
  token: string,
  audience: string,
  google: GcpProvider,
): GoogleClaims {
  const decoded = jwt.decode(token, { complete: true });
  if (!decoded || typeof decoded.payload === 'string') {
    throw new Error('The JWT cannot be read');
  }
  const { sub = '' } = decoded.payload;
  if (!SERVICE_ACCOUNT.test(sub)) {
    throw unauthorized('Invalid service account identifier');
  }
  const keys = google.accountKeys(sub);
  const claims = jwt.verify(token, keys.find(decoded.header.kid) ?? '', {
    algorithms: ['RS256'],
    clockTimestamp: keys.now(),
  }) as JwtPayload;
  if (claims.aud !== audience) {
    throw unauthorized('Invalid audience in GCP IAM Token');
  }
  return { ...claims, email: sub };
}
