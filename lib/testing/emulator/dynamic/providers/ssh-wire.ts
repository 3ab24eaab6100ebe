import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

const KEY_TYPE = 'ssh-ed25519';
const CERTIFICATE_TYPE = 'ssh-ed25519-cert-v01@openssh.com';
const USER_CERTIFICATE = 1;
const EXTENSIONS = [
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
];

export function newSshKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/** `ssh-ed25519 AAAA…`, as in authorized_keys. */
export function publicSshKey(key: KeyObject): string {
  return `${KEY_TYPE} ${publicBlob(key).toString('base64')}`;
}

/** The private key in OpenSSH's own format, not encrypted. */
export function privateSshKey(key: KeyObject): string {
  const check = randomBytes(4);
  const { d = '' } = key.export({ format: 'jwk' });
  const secret = Buffer.concat([
    check,
    check,
    text(KEY_TYPE),
    string(publicBytes(key)),
    string(Buffer.concat([Buffer.from(d, 'base64url'), publicBytes(key)])),
    text(''),
  ]);
  const missing = (8 - (secret.length % 8)) % 8;
  const padding = Buffer.from(Array.from({ length: missing }, (_, i) => i + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    uint32(1),
    string(publicBlob(key)),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...lines,
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
}

interface CertificateInit {
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validAfter: Date;
  readonly validBefore: Date;
}

/** A user certificate for `key`, signed by `authority`. */
export function sshCertificate(
  key: KeyObject,
  authority: KeyObject,
  init: CertificateInit,
): string {
  const extensions = EXTENSIONS.flatMap((name) => [text(name), text('')]);
  const body = Buffer.concat([
    text(CERTIFICATE_TYPE),
    string(randomBytes(32)),
    string(publicBytes(key)),
    uint64(init.serial),
    uint32(USER_CERTIFICATE),
    text(init.keyId),
    string(Buffer.concat(init.principals.map(text))),
    uint64(secondsOf(init.validAfter)),
    uint64(secondsOf(init.validBefore)),
    text(''),
    string(Buffer.concat(extensions)),
    text(''),
    string(publicBlob(authority)),
  ]);
  const signature = Buffer.concat([
    text(KEY_TYPE),
    string(sign(null, body, authority)),
  ]);
  const certificate = Buffer.concat([body, string(signature)]);
  return `${CERTIFICATE_TYPE} ${certificate.toString('base64')}`;
}

function publicBytes(key: KeyObject): Buffer {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

function publicBlob(key: KeyObject): Buffer {
  return Buffer.concat([text(KEY_TYPE), string(publicBytes(key))]);
}

function secondsOf(date: Date): bigint {
  return BigInt(Math.floor(date.getTime() / 1000));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function string(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return string(Buffer.from(value));
}
