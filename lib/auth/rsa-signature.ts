import { sign } from 'node:crypto';
import { InfisicalConfigError } from '../common/infisical.error.js';

/**
 * An RSA signature over a text, with SHA-256.
 *
 * @throws InfisicalConfigError naming the option when the key is not one of RSA
 */
export function signRsaSha256(
  text: string,
  privateKey: { key: string; passphrase?: string },
  option: string,
): Buffer {
  try {
    return sign('sha256', Buffer.from(text), privateKey);
  } catch {
    // Without the cause: it is no help, and it came from a secret.
    throw new InfisicalConfigError(
      `${option} cannot sign: pass an RSA private key in PEM, with its passphrase if it has one.`,
    );
  }
}
