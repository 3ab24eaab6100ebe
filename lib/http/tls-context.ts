import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { PemSource, TlsSources } from './tls-options.js';

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** The trust and identity of connections, made again when one of its files changes. */
export class TlsContext {
  readonly #sources: TlsSources;
  #made:
    { readonly stamp: string; readonly context: SecureContext } | undefined;

  /** @throws InfisicalConfigError naming the option that cannot be used */
  constructor(sources: TlsSources) {
    this.#sources = sources;
    // The system's roots are some milliseconds of work, and always readable.
    if (sources.ca.length > 0 || sources.cert) this.current();
  }

  /** What the next connection uses. While a changed file cannot be used, that is the old content. */
  current(): SecureContext {
    const stamp = this.stamp();
    if (stamp === this.#made?.stamp) return this.#made.context;
    try {
      this.#made = { stamp, context: load(this.#sources) };
    } catch (error) {
      if (!this.#made) throw error;
      // Half written, or cert and key do not match yet: looked at again next time.
    }
    return this.#made.context;
  }

  private stamp(): string {
    const { ca, cert, key } = this.#sources;
    return [...ca, cert, key]
      .map((source) => {
        const stat =
          source?.file === undefined
            ? undefined
            : statSync(source.file, { throwIfNoEntry: false });
        return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : '';
      })
      .join();
  }
}

function load({ ca, cert, key, passphrase }: TlsSources): SecureContext {
  const content: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    ca: ca.length > 0 ? ca.flatMap(readCertificates) : undefined,
    cert: cert && readCertificates(cert).join('\n'),
    key: key && readPem(key),
    passphrase,
  };
  try {
    return createSecureContext(content);
  } catch {
    // Without the cause: it came from a secret.
    throw new InfisicalConfigError(
      isUsable({ key: content.key, passphrase })
        ? `${cert?.name} and ${key?.name} do not belong together: pass a certificate and its own key.`
        : `${key?.name} cannot be read: pass a private key in PEM${passphrase === undefined ? ', with tls.passphrase when it is encrypted' : ', and the tls.passphrase that opens it'}.`,
    );
  }
}

function isUsable(content: SecureContextOptions): boolean {
  try {
    createSecureContext(content);
    return true;
  } catch {
    return false;
  }
}

/** OpenSSL passes over what it cannot read, and would trust nobody then. */
function readCertificates(source: PemSource): string[] {
  const text = readPem(source);
  if (text === undefined) return [];
  const certificates = text.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    throw notPem(source);
  }
  if (certificates.length === 0) throw notPem(source);
  return certificates;
}

function notPem({ name }: PemSource): InfisicalConfigError {
  return new InfisicalConfigError(
    `${name} holds no readable certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----.`,
  );
}

function readPem(source: PemSource): string | undefined {
  const { name, text, file, optional } = source;
  if (text !== undefined || file === undefined) return text?.toString();
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (optional) return undefined;
    throw new InfisicalConfigError(
      `${name} "${file}" cannot be read. Check that the file exists and is readable.`,
      { cause },
    );
  }
}
