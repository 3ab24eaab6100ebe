import { badRequest, unauthorized } from '../../http/api-error.js';
import type { OciAuth } from '../../state/auth-models.js';
import type { OciProvider } from '../providers/oci-provider.js';

export interface OciLogin {
  readonly userOcid: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Replays the signed request; a refusal of the provider is a 500. */
export function acceptOci(
  config: OciAuth,
  { userOcid, headers }: OciLogin,
  oci: OciProvider,
): undefined {
  const host = headers.host ?? '';
  if (!/^identity\.[a-z]{2}-[a-z]+-[1-9]\.oraclecloud\.com$/.test(host)) {
    throw badRequest(
      'Invalid OCI host format. Expected format: identity.<region>.oraclecloud.com',
    );
  }
  const { compartmentId, name } = oci.getUser(userOcid, headers);
  if (compartmentId !== config.tenancyOcid) {
    throw unauthorized("Access denied: OCI account isn't part of tenancy.");
  }
  const { allowedUsernames: allowed } = config;
  if (allowed.length > 0 && !allowed.includes(name)) {
    throw unauthorized('Access denied: OCI account username not allowed.');
  }
}
