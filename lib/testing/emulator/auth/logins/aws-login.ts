import { badRequest, unauthorized } from '../../http/api-error.js';
import type { AwsAuth } from '../../state/auth-models.js';
import type { AwsProvider } from '../providers/aws-provider.js';

export interface AwsLogin {
  readonly iamHttpRequestMethod: string;
  readonly iamRequestBody: string;
  readonly iamRequestHeaders: string;
}

/** Replays the signed request to STS; its refusal is a 500 (auth §2.4). */
export function acceptAws(config: AwsAuth, login: AwsLogin, sts: AwsProvider) {
  const headers = JSON.parse(decode(login.iamRequestHeaders)) as Record<
    string,
    string
  >;
  const { arn, accountId, userId } = sts.callerIdentity({
    region: regionOf(headers.Authorization ?? headers.authorization),
    method: login.iamHttpRequestMethod,
    headers,
    body: decode(login.iamRequestBody),
  });
  const { allowedAccountIds, allowedPrincipalArns } = config;
  if (allowedAccountIds.length > 0 && !allowedAccountIds.includes(accountId)) {
    throw unauthorized('Access denied: AWS account ID not allowed.');
  }
  const principal = principalArn(arn);
  const known = [principal, arn.replace(/(:assumed-role\/.+)\/[^/]+$/, '$1')];
  const isAllowed = allowedPrincipalArns.some((pattern) =>
    known.some((one) => matchesArn(one, pattern)),
  );
  if (allowedPrincipalArns.length > 0 && !isAllowed) {
    throw unauthorized(
      `Access denied: AWS principal ARN not allowed. [principal-arn=${principal}]`,
    );
  }
  const [, partition = '', service = '', , , resource = ''] = arn.split(':');
  const [resourceType = '', ...resourceName] = resource.split('/');
  return {
    aws: {
      accountId,
      arn,
      userId,
      partition,
      service,
      resourceType,
      resourceName: resourceName.join('/'),
    },
  };
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function regionOf(authorization: string | undefined): string {
  const credential = authorization?.split('Credential=')[1];
  const region = credential?.split('/')[2];
  if (!region || region.length > 20 || !/^[a-z0-9-]+$/.test(region)) {
    throw badRequest('Invalid AWS region');
  }
  return region;
}

/** The role behind the session of a role, otherwise the ARN itself. */
function principalArn(arn: string): string {
  return arn.replace(
    /^arn:([^:]+):sts::(\d+):assumed-role\/(.+)\/[^/]+$/,
    'arn:$1:iam::$2:role/$3',
  );
}

function matchesArn(arn: string, pattern: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(arn);
}
