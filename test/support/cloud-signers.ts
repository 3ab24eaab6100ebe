import { createHash, createHmac, createSign } from 'node:crypto';
import type {
  EmulatorAliCloudAccessKey,
  EmulatorAwsAccessKey,
  EmulatorOciUser,
} from 'nestjs-infisical/testing';

// How clients sign what they send, written independently of the emulator.

interface AwsOptions {
  region?: string;
  body?: string;
  method?: string;
  now: number;
}

/** The body of an AWS login, as the official Node client builds it. */
export function signAws(
  key: EmulatorAwsAccessKey,
  {
    region = 'us-east-1',
    body = 'Action=GetCallerIdentity&Version=2011-06-15',
    method = 'POST',
    now,
  }: AwsOptions,
) {
  const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = date.slice(0, 8);
  const hash = createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    Host: `sts.${region}.amazonaws.com`,
    'Content-Length': String(body.length),
    'x-amz-date': date,
    'x-amz-content-sha256': hash,
    ...(key.sessionToken && { 'x-amz-security-token': key.sessionToken }),
  };
  const entries = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = entries.map(([name]) => name).join(';');
  const lines = entries.map(([name, value]) => `${name}:${value}\n`).join('');
  const request = `${method}\n/\n\n${lines}\n${names}\n${hash}`;
  const scope = `${day}/${region}/sts/aws4_request`;
  const digest = createHash('sha256').update(request).digest('hex');
  const mac = (secret: Buffer | string, text: string) =>
    createHmac('sha256', secret).update(text).digest();
  const dayKey = mac(`AWS4${key.secretAccessKey}`, day);
  const signingKey = mac(mac(mac(dayKey, region), 'sts'), 'aws4_request');
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`;
  const signature = mac(signingKey, text).toString('hex');
  headers.Authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return {
    iamHttpRequestMethod: method,
    iamRequestBody: base64(body),
    iamRequestHeaders: base64(JSON.stringify(headers)),
  };
}

/** The headers of a signed read of an OCI user. */
export function signOci(
  user: EmulatorOciUser,
  now: number,
  host = 'identity.eu-frankfurt-1.oraclecloud.com',
) {
  const date = new Date(now).toUTCString();
  const text = `date: ${date}\n(request-target): get /20160918/users/${user.userOcid}\nhost: ${host}`;
  const signature = createSign('RSA-SHA256')
    .update(text)
    .sign(user.privateKeyPem, 'base64');
  const keyId = `${user.tenancyOcid}/${user.userOcid}/${user.fingerprint}`;
  return {
    date,
    host,
    authorization: `Signature version="1",headers="date (request-target) host",keyId="${keyId}",algorithm="rsa-sha256",signature="${signature}"`,
  };
}

/** The signed parameters of an AliCloud login. */
export function signAliCloud(
  key: EmulatorAliCloudAccessKey,
  now: number,
  nonce: string,
) {
  const parameters: Record<string, string> = {
    AccessKeyId: key.accessKeyId,
    Action: 'GetCallerIdentity',
    Format: 'JSON',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: nonce,
    SignatureVersion: '1.0',
    Timestamp: new Date(now).toISOString().replace(/\.\d{3}/, ''),
    Version: '2015-04-01',
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const signature = createHmac('sha1', `${key.accessKeySecret}&`)
    .update(`GET&%2F&${encodeURIComponent(query)}`)
    .digest('base64');
  return { ...parameters, Signature: signature };
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
