import {
  createHash,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import { FIXTURES } from './fixtures.js';
import type { EmulatorOciProvider, EmulatorOciUser } from './provider-types.js';

/** Requests are good for 5 minutes, in ms. */
const MAX_AGE = 300_000;

/** Oracle's identity API: verifies HTTP signatures made with RSA keys. */
export class OciProvider implements EmulatorOciProvider {
  readonly tenancyOcid = FIXTURES.tenancyOcid;
  readonly #users = new Map<string, EmulatorOciUser>();

  constructor(private readonly clock: Clock) {}

  user({
    username = 'emulator',
    tenancyOcid = this.tenancyOcid,
  }: Parameters<EmulatorOciProvider['user']>[0] = {}): EmulatorOciUser {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
    });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const digest = createHash('md5').update(der).digest('hex');
    const user: EmulatorOciUser = {
      userOcid: `ocid1.user.oc1..${randomBytes(12).toString('hex')}`,
      tenancyOcid,
      username,
      fingerprint: digest.replace(/(..)(?!$)/g, '$1:'),
      privateKeyPem: privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
    };
    this.#users.set(user.userOcid, user);
    return user;
  }

  /** The answer to GetUser, or an error as the API refuses. */
  getUser(
    userOcid: string,
    headers: Readonly<Record<string, string | undefined>>,
  ): { compartmentId: string; name: string } {
    const fields = parseSignature(headers.authorization ?? '');
    const user = this.#users.get(userOcid);
    if (!user) throw refused();
    const { tenancyOcid, fingerprint, username } = user;
    // Users may read themselves, not each other.
    if (fields.get('keyId') !== `${tenancyOcid}/${userOcid}/${fingerprint}`) {
      throw refused();
    }
    if (fields.get('algorithm') !== 'rsa-sha256') throw refused();
    const date = headers['x-date'] ?? headers.date ?? '';
    const age = Math.abs(this.clock.now() - Date.parse(date));
    if (!(age <= MAX_AGE)) throw refused();
    const names = (fields.get('headers') ?? '').toLowerCase().split(' ');
    const dateName = headers['x-date'] === undefined ? 'date' : 'x-date';
    for (const name of ['(request-target)', 'host', dateName]) {
      if (!names.includes(name)) throw refused();
    }
    const text = names
      .map((name) =>
        name === '(request-target)'
          ? `${name}: get /20160918/users/${userOcid}`
          : `${name}: ${headers[name] ?? ''}`,
      )
      .join('\n');
    const isGood = createVerify('RSA-SHA256')
      .update(text)
      .verify(
        createPublicKey(user.privateKeyPem),
        fields.get('signature') ?? '',
        'base64',
      );
    if (!isGood) throw refused();
    return { compartmentId: tenancyOcid, name: username };
  }
}

/** The fields of `Signature version="1",keyId="…",…`. */
function parseSignature(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  if (!text.startsWith('Signature ')) return fields;
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="([^"]*)"/g)) {
    fields.set(name, value);
  }
  return fields;
}

function refused(): Error {
  return new Error('OCI refused the request: NotAuthenticated');
}
