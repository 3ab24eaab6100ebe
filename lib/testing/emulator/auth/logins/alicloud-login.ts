import { unauthorized } from '../../http/api-error.js';
import type { AliCloudAuth } from '../../state/auth-models.js';
import type { AliCloudProvider } from '../providers/alicloud-provider.js';

/** Replays the signed parameters; a refusal of the provider is a 500. */
export function acceptAliCloud(
  { allowedArns }: AliCloudAuth,
  parameters: Readonly<Record<string, string>>,
  sts: AliCloudProvider,
): undefined {
  const { arn } = sts.callerIdentity(parameters);
  if (allowedArns.length > 0 && !allowedArns.includes(arn)) {
    throw unauthorized('Access denied: Alibaba Cloud account ARN not allowed.');
  }
}
