import type { IncomingHttpHeaders } from 'node:http';
import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import { badRequest, unauthorized } from '../../http/api-error.js';
import type { TlsCertAuth } from '../../state/auth-models.js';
import type { TlsProvider } from '../providers/tls-provider.js';

const HEADER = 'x-identity-tls-cert-auth-client-cert';
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The text of the header; looked at before anything else. */
export function certificateHeader(headers: IncomingHttpHeaders): string {
  const value = [headers[HEADER]].flat()[0];
  if (!value) throw badRequest('Missing TLS certificate in header');
  return decodeURIComponent(value);
}

export function acceptTlsCert(
  config: TlsCertAuth,
  header: string,
  tls: TlsProvider,
  clock: Clock,
): undefined {
  const [leaf, ...chain] = certificatesIn(header);
  if (!leaf) throw badRequest('Missing client certificate');
  const authorities = certificatesIn(config.caCertificate ?? tls.caPem);
  if (!isIssued(leaf, chain, authorities))
    throw denied('Certificate not issued by the provided CA.');
  const now = clock.now();
  if (now > Date.parse(leaf.validTo)) throw denied('Certificate has expired.');
  if (now < Date.parse(leaf.validFrom)) {
    throw denied('Certificate not yet valid.');
  }
  if (leaf.ca) {
    throw denied('a CA certificate cannot be used as a client certificate.');
  }
  const { allowedCommonNames, allowedAltNames } = config;
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1] ?? '';
  if (
    allowedCommonNames.length > 0 &&
    !allowedCommonNames.includes(commonName)
  ) {
    throw denied('TLS Certificate Auth common name not allowed.');
  }
  const altNames = altNamesOf(leaf);
  if (
    allowedAltNames.length > 0 &&
    !altNames.some((name) => allowedAltNames.includes(name))
  ) {
    throw denied('subject alternative name not allowed.');
  }
}

function denied(reason: string): Error {
  return unauthorized(`Access denied: ${reason}`);
}

function certificatesIn(text: string): X509Certificate[] {
  try {
    return (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
  } catch {
    return [];
  }
}

/** Whether a way leads from the certificate to an authority. */
function isIssued(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  if (authorities.some((one) => issued(one, certificate))) return true;
  return chain.some(
    (one, index) =>
      issued(one, certificate) &&
      isIssued(one, chain.toSpliced(index, 1), authorities),
  );
}

function issued(issuer: X509Certificate, certificate: X509Certificate) {
  return (
    issuer.ca &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  );
}

/** `DNS:a, URI:b` without the kinds. */
function altNamesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|URI|IP Address|email):/, ''));
}
