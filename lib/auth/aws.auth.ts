import { InfisicalConfigError } from '../common/infisical.error.js';
import type { HttpClient } from '../http/http-client.js';
import {
  type AwsCredentials,
  checkAwsCredentials,
  readAwsKeys,
} from './aws-keys.js';
import { allowText } from './credential.js';
import { environmentAwsRegion } from './environment.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';
import { allowMetadataUrl, askMetadata, readMetadata } from './metadata.js';
import { signV4 } from './sigv4.js';

/**
 * AWS: whatever has a key of IAM.
 *
 * @example
 * ```ts
 * // On Lambda, ECS, EKS and EC2 the keys are found; in other places, name them.
 * const client = new InfisicalClient({
 *   auth: { awsAuth: { identityId, region: 'eu-central-1' } },
 * });
 * ```
 *
 * @publicApi
 */
export interface AwsAuthOptions extends IdentityLoginOptions {
  /** Default: what `@aws-sdk/credential-providers` finds. */
  credentials?: AwsCredentials;
  /** Region of the STS that checks the key. Default: `AWS_REGION`, then that of this EC2 instance. */
  region?: string;
  /** Where the instance metadata are. For tests. */
  metadataUrl?: string;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

/** Login by a signed request that the server sends to STS (contract: auth §4). */
export function awsAuth(options: AwsAuthOptions): LoginMethod {
  return identityLogin({
    name: 'awsAuth',
    route: 'aws-auth',
    verifier: 'AWS',
    isDated: true,
    options,
    optionNames: ['credentials', 'region', 'metadataUrl'],
    check(option) {
      checkAwsCredentials(options.credentials, option('credentials'));
      allowText(options.region, option('region'));
      if (options.region) checkRegion(options.region, option('region'));
      allowMetadataUrl(options.metadataUrl, option('metadataUrl'));
    },
    async body(http, signal, option, now) {
      const keys = await readAwsKeys(
        options.credentials,
        option('credentials'),
        http.logger,
      );
      const region =
        options.region?.trim() ??
        environmentAwsRegion() ??
        (await instanceRegion(http, signal, options.metadataUrl));
      checkRegion(region, 'AWS_REGION');
      const headers = signV4({
        keys,
        region,
        service: 'sts',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
          Host: `sts.${region}.amazonaws.com`,
        },
        body: BODY,
        now,
      });
      return {
        iamHttpRequestMethod: 'POST',
        iamRequestBody: base64(BODY),
        iamRequestHeaders: base64(JSON.stringify(headers)),
      };
    },
  });
}

/** The server refuses longer ones, too (contract: auth §2.4). */
function checkRegion(region: string, option: string): void {
  if (/^[a-z0-9-]{1,20}$/.test(region.trim())) return;
  throw new InfisicalConfigError(
    `${option} must be a region of AWS, such as "eu-central-1".`,
  );
}

/** The region by the second version of the instance metadata service. */
async function instanceRegion(
  http: HttpClient,
  signal: AbortSignal,
  url = 'http://169.254.169.254',
): Promise<string> {
  const aws = {
    platform: 'AWS EC2',
    url,
    advice: 'Elsewhere pass auth.awsAuth.region, or set AWS_REGION.',
  };
  const token = await askMetadata(http, signal, {
    ...aws,
    method: 'PUT',
    target: '/latest/api/token',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' },
  });
  const document = await askMetadata(http, signal, {
    ...aws,
    target: '/latest/dynamic/instance-identity/document',
    headers: { 'x-aws-ec2-metadata-token': token, accept: 'application/json' },
  });
  return readMetadata(document, 'region', aws);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
