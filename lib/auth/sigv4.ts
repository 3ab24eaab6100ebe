import { createHash, createHmac } from 'node:crypto';

/**
 * Keys of AWS.
 *
 * @example
 * ```ts
 * import { sts } from './aws.js';
 *
 * async function assumedRole(): Promise<AwsKeys> {
 *   const { accessKeyId, secretAccessKey, sessionToken } = await sts.assume();
 *   return { accessKeyId, secretAccessKey, sessionToken };
 * }
 *
 * const auth: AuthOptions = {
 *   awsAuth: { identityId, credentials: assumedRole },
 * };
 * ```
 *
 * @publicApi
 */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A POST to the root of a service of AWS. */
export interface AwsRequest {
  readonly keys: AwsKeys;
  readonly region: string;
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Wall-clock time in milliseconds. */
  readonly now: number;
}

/** The headers of the request with a signature of version 4 over all of them. */
export function signV4(request: AwsRequest): Record<string, string> {
  const { keys, region, service, body } = request;
  const time = new Date(request.now).toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    ...request.headers,
    'X-Amz-Date': time,
    ...(keys.sessionToken && { 'X-Amz-Security-Token': keys.sessionToken }),
  };
  const signed = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    'POST',
    '/',
    '',
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${keys.secretAccessKey}`),
  );
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signature = hmac(key, text).toString('hex');
  return {
    ...headers,
    // Older servers look for exactly this spelling (contract: auth §4).
    Authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
