import {
  base64Bytes,
  type Bytes,
  isBase64,
  isBinary,
  toBuffer,
} from '../common/bytes.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  InfisicalHttpError,
  InfisicalValidationError,
} from '../http/errors.js';
import { unexpected } from './answer-readers.js';
import { type Check, check } from './option-checks.js';

const MIB = 1024 * 1024;

/**
 * Most bytes that any server takes (contract: KMS §1.2). Servers before 2026
 * take 4096 of everything, and say so themselves.
 */
const LIMITS = {
  plaintext: MIB,
  data: MIB,
  ciphertext: MIB + 1024,
  signature: 8192,
  mac: 1024,
} as const;

type Field = keyof typeof LIMITS;

/** Text or bytes of any length. */
export const TEXT_OR_BYTES: Check = {
  expected: 'a string, a Buffer, a Uint8Array or an ArrayBuffer',
  accepts: (value) => typeof value === 'string' || isBinary(value),
};

const BINARY: Check = {
  expected:
    "a Buffer, a Uint8Array or an ArrayBuffer (Buffer.from(text, 'base64') makes one of base64)",
  accepts: isBinary,
};

/**
 * Text or bytes as base64. The server cannot take an empty text (contract: KMS
 * §1.4).
 *
 * @throws InfisicalConfigError when it is empty, too long, or something else
 */
export function encodeBytes(
  operation: string,
  field: 'plaintext' | 'data',
  value: Bytes,
): string {
  check(operation, field, value, TEXT_OR_BYTES);
  return encode(operation, field, toBuffer(value));
}

/** The same of what is never a text, such as a signature. */
export function encodeBinary(
  operation: string,
  field: 'signature' | 'mac',
  value: Uint8Array | ArrayBuffer,
): string {
  check(operation, field, value, BINARY);
  return encode(operation, field, toBuffer(value));
}

/** @throws InfisicalConfigError when it is not base64, or too long */
export function checkCiphertext(operation: string, ciphertext: string): void {
  check(operation, 'ciphertext', ciphertext, {
    expected:
      'base64, as encrypt returned it: letters, digits, "+" and "/", without white space',
    accepts: isBase64,
  });
  checkLength(operation, 'ciphertext', base64Bytes(ciphertext));
}

/** The bytes under `key`, which is base64. */
export function readBytes(
  answer: Record<string, unknown>,
  key: string,
): Buffer {
  const value = answer[key];
  if (isBase64(value)) return Buffer.from(value, 'base64');
  throw unexpected(answer, key, 'base64', value);
}

/**
 * The error of a server that takes less than the largest limit, naming its
 * own; any other error as it is.
 */
export function explainLimit(error: unknown, sent: number): unknown {
  if (!(error instanceof InfisicalHttpError)) return error;
  const limit = limitOf(error, sent);
  if (limit === undefined) return error;
  const { status, code, reqId, details, operation } = error;
  return new InfisicalValidationError(
    `${operation ?? 'The call'}: this server takes at most ${limit}, and ${sent} bytes were sent. Servers of 2026 take ${MIB} bytes; for more, or here, encrypt with a data key of your own and have that one encrypted by the KMS.`,
    {
      status,
      code,
      reqId,
      details,
      operation,
      hint: 'Send less, or upgrade the server.',
      cause: error,
    },
  );
}

/** The limit that an error is about, as a text. */
function limitOf(
  { status, message }: InfisicalHttpError,
  sent: number,
): string | undefined {
  const bytes = /cannot exceed (\d+) bytes/.exec(message)?.[1];
  if (status === 422 && bytes !== undefined) return `${bytes} bytes`;
  // Older servers have no own answer to a request above 1 MiB (contract: KMS §1.2).
  return status === 413 || (status === 500 && (sent * 4) / 3 > MIB - 1024)
    ? `a request of ${MIB} bytes, base64 included`
    : undefined;
}

function encode(operation: string, field: Field, bytes: Buffer): string {
  if (bytes.length === 0) {
    throw new InfisicalConfigError(
      `${operation}: ${field} must not be empty: the server refuses it. Store the absence of a value instead.`,
    );
  }
  checkLength(operation, field, bytes.length);
  return bytes.toString('base64');
}

function checkLength(operation: string, field: Field, length: number): void {
  const limit = LIMITS[field];
  if (length <= limit) return;
  throw new InfisicalConfigError(
    `${operation}: ${field} must not have more than ${limit} bytes; got ${length}.`,
  );
}
