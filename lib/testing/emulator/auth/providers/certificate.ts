import { type KeyObject, randomBytes, sign } from 'node:crypto';
import * as der from './der.js';

export interface CertificateContent {
  readonly issuer: string;
  readonly subject: string;
  readonly altNames: readonly string[];
  readonly isCa: boolean;
  /** Ms since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
  readonly publicKey: KeyObject;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
};

/** An X.509 certificate in PEM, signed with an EC key. */
export function createCertificate(
  content: CertificateContent,
  signingKey: KeyObject,
): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const toBeSigned = der.sequence(
    der.tagged(0xa0, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name(content.issuer),
    der.sequence(der.time(content.validFrom), der.time(content.validTo)),
    name(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(0xa3, der.sequence(...extensions(content))),
  );
  const signature = sign('sha256', toBeSigned, signingKey);
  const certificate = der.sequence(toBeSigned, algorithm, der.bits(signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return [
    '-----BEGIN CERTIFICATE-----',
    ...lines,
    '-----END CERTIFICATE-----',
    '',
  ].join('\n');
}

function name(commonName: string): Buffer {
  return der.sequence(
    der.set(der.sequence(der.oid(OID.commonName), der.utf8(commonName))),
  );
}

function extensions({ isCa, altNames }: CertificateContent): Buffer[] {
  const constraints = der.sequence(
    der.oid(OID.basicConstraints),
    der.TRUE,
    der.octets(der.sequence(...(isCa ? [der.TRUE] : []))),
  );
  if (altNames.length === 0) return [constraints];
  const names = altNames.map((text) =>
    // A URI, or else a DNS name.
    der.tagged(text.includes('://') ? 0x86 : 0x82, Buffer.from(text)),
  );
  return [
    constraints,
    der.sequence(
      der.oid(OID.subjectAltName),
      der.octets(der.sequence(...names)),
    ),
  ];
}
