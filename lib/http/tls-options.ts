import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';

/**
 * Trust and identity of the TLS connection. TLS 1.2 is the least, and the
 * server's certificate is always checked. Files are looked at before each new
 * connection and read again once they changed, so that a certificate may be
 * replaced while the process runs.
 *
 * @example
 * ```ts
 * const tls: TlsOptions = {
 *   caFile: '/etc/ssl/company-ca.pem',
 *   certFile: '/etc/tls/client.pem',
 *   keyFile: '/etc/tls/client.key',
 * };
 * const client = new InfisicalClient({ projectId, tls });
 * ```
 *
 * @publicApi
 */
export interface TlsOptions {
  /**
   * PEM of one or more certificate authorities to trust, in place of the
   * system's. Default: `INFISICAL_SSL_CERTIFICATE` (PEM or a file), then
   * `SSL_CERT_FILE`.
   */
  ca?: string | Buffer;
  /** A file that holds them. */
  caFile?: string;
  /** PEM of the client certificate, with its chain. */
  cert?: string | Buffer;
  /** A file that holds it. */
  certFile?: string;
  /** PEM of the client certificate's key. */
  key?: string | Buffer;
  /** A file that holds it. */
  keyFile?: string;
  /** Opens an encrypted key. */
  passphrase?: string;
}

const TLS_OPTION_NAMES: readonly (keyof TlsOptions)[] = [
  'ca',
  'caFile',
  'cert',
  'certFile',
  'key',
  'keyFile',
  'passphrase',
];

/** Where a PEM comes from, and what it is called in errors. */
export interface PemSource {
  readonly name: string;
  readonly text?: string | Buffer;
  readonly file?: string;
  /** A file that may be missing. */
  readonly optional?: boolean;
}

/** What a connection trusts and shows, not read yet. */
export interface TlsSources {
  /** Empty: what the system trusts, `NODE_EXTRA_CA_CERTS` included. */
  readonly ca: readonly PemSource[];
  readonly cert?: PemSource;
  readonly key?: PemSource;
  readonly passphrase?: string;
}

/**
 * Where the PEMs of the options are; `trust` where they name no authority.
 *
 * @throws InfisicalConfigError when an option is unknown, of a wrong type, given twice or without its other half
 */
export function tlsSources(
  options: TlsOptions | undefined,
  trust: readonly PemSource[],
): TlsSources {
  assertKnownOptions(options, TLS_OPTION_NAMES, 'tls');
  const given = options ?? {};
  const ca = pemSource('tls.ca', given.ca, given.caFile);
  const cert = pemSource('tls.cert', given.cert, given.certFile);
  const key = pemSource('tls.key', given.key, given.keyFile);
  const { passphrase } = given;
  if (!cert !== !key) {
    const missing = cert
      ? 'tls.key (or tls.keyFile)'
      : 'tls.cert (or tls.certFile)';
    throw new InfisicalConfigError(
      `${missing} is missing: a client certificate and its key come together.`,
    );
  }
  if (passphrase !== undefined && (typeof passphrase !== 'string' || !key)) {
    throw new InfisicalConfigError(
      'tls.passphrase must be a string, and comes with tls.key or tls.keyFile.',
    );
  }
  return { ca: ca ? [ca] : trust, cert, key, passphrase };
}

/**
 * The source of one PEM that is given as text or as a file.
 *
 * @param name as in `tls.ca`; the file's option has `File` behind it
 */
export function pemSource(
  name: string,
  text: unknown,
  file: unknown,
): PemSource | undefined {
  if (text !== undefined && file !== undefined) {
    throw new InfisicalConfigError(
      `${name} and ${name}File exclude each other: leave one out.`,
    );
  }
  if (text !== undefined) {
    if ((typeof text === 'string' && text.trim()) || Buffer.isBuffer(text)) {
      return { name, text };
    }
    throw new InfisicalConfigError(
      `${name} must be PEM, as a string or Buffer; a file goes into ${name}File.`,
    );
  }
  if (file === undefined) return undefined;
  if (typeof file === 'string' && file.trim()) {
    return { name: `${name}File`, file };
  }
  throw new InfisicalConfigError(`${name}File must be the path of a file.`);
}
