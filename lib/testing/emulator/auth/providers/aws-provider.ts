import {
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import { FIXTURES } from './fixtures.js';
import type {
  EmulatorAwsAccessKey,
  EmulatorAwsProvider,
} from './provider-types.js';

/** A request to STS as it is replayed. */
export interface StsRequest {
  readonly region: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signatures are good for 15 minutes, in ms. */
const MAX_AGE = 900_000;

/** STS: knows access keys and verifies signatures of version 4. */
export class AwsProvider implements EmulatorAwsProvider {
  readonly #keys = new Map<string, EmulatorAwsAccessKey>();

  constructor(private readonly clock: Clock) {}

  accessKey({
    accountId = FIXTURES.awsAccountId,
    arn = `arn:aws:iam::${accountId}:user/emulator`,
    temporary = false,
  }: Parameters<EmulatorAwsProvider['accessKey']>[0] = {}) {
    const id = randomBytes(8).toString('hex').toUpperCase();
    const key: EmulatorAwsAccessKey = {
      accessKeyId: `${temporary ? 'ASIA' : 'AKIA'}${id}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      ...(temporary && { sessionToken: randomBytes(60).toString('base64') }),
      accountId,
      arn,
      userId: `AIDA${id}`,
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }

  /** The answer to GetCallerIdentity, or an error as STS refuses. */
  callerIdentity(request: StsRequest): EmulatorAwsAccessKey {
    const { region, method, body } = request;
    const headers = new Map(
      Object.entries(request.headers).map(([name, value]) => [
        name.toLowerCase(),
        value.trim().replace(/\s+/g, ' '),
      ]),
    );
    const host = `sts.${region}.amazonaws.com`;
    if (!headers.has('host')) headers.set('host', host);
    const authorization = parseAuthorization(headers.get('authorization'));
    const { accessKeyId, scope, signedHeaders, signature } = authorization;
    const key = this.#keys.get(accessKeyId);
    if (!key) throw refused('InvalidClientTokenId');
    if (headers.get('x-amz-security-token') !== key.sessionToken) {
      throw refused('InvalidClientTokenId');
    }
    const date = headers.get('x-amz-date') ?? '';
    const day = date.slice(0, 8);
    const age = Math.abs(this.clock.now() - parseDate(date));
    if (!(age <= MAX_AGE)) throw refused('SignatureDoesNotMatch');
    if (scope !== `${day}/${region}/sts/aws4_request`) {
      throw refused('SignatureDoesNotMatch');
    }
    if (headers.get('host') !== host || !signedHeaders.includes('host')) {
      throw refused('SignatureDoesNotMatch');
    }
    const canonical = [
      method,
      '/',
      '',
      ...signedHeaders.map((name) => `${name}:${headers.get(name) ?? ''}`),
      '',
      signedHeaders.join(';'),
      sha256(body),
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)];
    const expected = hmac(
      [day, region, 'sts', 'aws4_request'].reduce<Buffer>(
        (secret, part) => hmac(secret, part),
        Buffer.from(`AWS4${key.secretAccessKey}`),
      ),
      text.join('\n'),
    );
    const given = Buffer.from(signature, 'hex');
    if (given.length !== 32 || !timingSafeEqual(given, expected)) {
      throw refused('SignatureDoesNotMatch');
    }
    const hash = headers.get('x-amz-content-sha256');
    if (hash !== undefined && hash !== sha256(body)) {
      throw refused('SignatureDoesNotMatch');
    }
    const form = new URLSearchParams(body);
    if (
      method !== 'POST' ||
      form.get('Action') !== 'GetCallerIdentity' ||
      form.get('Version') !== '2011-06-15'
    ) {
      throw refused('InvalidAction');
    }
    return key;
  }
}

function parseAuthorization(text = '') {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
      text,
    );
  if (!match) throw refused('IncompleteSignature');
  const [, accessKeyId = '', scope = '', names = '', signature = ''] = match;
  return { accessKeyId, scope, signedHeaders: names.split(';'), signature };
}

/** `20260101T000000Z` as ms since the epoch. */
function parseDate(text: string): number {
  return Date.parse(
    text.replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    ),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function refused(code: string): Error {
  return new Error(`STS refused the request: ${code}`);
}
