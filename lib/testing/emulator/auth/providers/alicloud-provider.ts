import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import { FIXTURES } from './fixtures.js';
import type {
  EmulatorAliCloudAccessKey,
  EmulatorAliCloudProvider,
} from './provider-types.js';

/** Signatures are good for 15 minutes, in ms. */
const MAX_AGE = 900_000;

/** Alibaba's STS: verifies HMAC-SHA1 over the sorted parameters. */
export class AliCloudProvider implements EmulatorAliCloudProvider {
  readonly #keys = new Map<string, EmulatorAliCloudAccessKey>();
  private readonly nonces = new Set<string>();

  constructor(private readonly clock: Clock) {}

  accessKey({
    arn = `acs:ram::${FIXTURES.aliCloudAccountId}:user/emulator`,
  }: Parameters<EmulatorAliCloudProvider['accessKey']>[0] = {}) {
    const key: EmulatorAliCloudAccessKey = {
      accessKeyId: `LTAI${randomBytes(8).toString('hex')}`,
      accessKeySecret: randomBytes(15).toString('hex'),
      accountId: /^acs:ram::(\d+):/.exec(arn)?.[1] ?? '',
      arn,
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }

  /** The answer to GetCallerIdentity, or an error as STS refuses. */
  callerIdentity(
    parameters: Readonly<Record<string, string>>,
  ): EmulatorAliCloudAccessKey {
    const { Signature = '', ...signed } = parameters;
    const key = this.#keys.get(signed.AccessKeyId ?? '');
    if (!key) throw refused('InvalidAccessKeyId.NotFound');
    const age = Math.abs(this.clock.now() - Date.parse(signed.Timestamp ?? ''));
    if (!(age <= MAX_AGE)) throw refused('InvalidTimeStamp.Expired');
    const query = Object.keys(signed)
      .sort()
      .map((name) => `${encode(name)}=${encode(signed[name] ?? '')}`)
      .join('&');
    const expected = createHmac('sha1', `${key.accessKeySecret}&`)
      .update(`GET&${encode('/')}&${encode(query)}`)
      .digest();
    const given = Buffer.from(Signature, 'base64');
    if (given.length !== 20 || !timingSafeEqual(given, expected)) {
      throw refused('SignatureDoesNotMatch');
    }
    if (signed.Version !== '2015-04-01') throw refused('InvalidVersion');
    const nonce = `${key.accessKeyId} ${signed.SignatureNonce}`;
    if (this.nonces.has(nonce)) throw refused('SignatureNonceUsed');
    this.nonces.add(nonce);
    return key;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function refused(code: string): Error {
  return new Error(`STS refused the request: ${code}`);
}
