import { types } from 'node:util';

/**
 * Text or bytes. A string is encoded as UTF-8.
 *
 * @publicApi
 */
export type Bytes = string | Uint8Array | ArrayBuffer;

/** Whether it is bytes, of whatever realm. */
export function isBinary(value: unknown): value is Uint8Array | ArrayBuffer {
  return types.isUint8Array(value) || types.isArrayBuffer(value);
}

/** The bytes, not copied where they are bytes already. */
export function toBuffer(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8');
  return types.isArrayBuffer(bytes)
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether it is base64 with something in it: standard alphabet, padding optional (contract: KMS §0.1). */
export function isBase64(text: unknown): text is string {
  // Counted, because a pattern of groups is slow for a mebibyte.
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    return false;
  }
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
}

/** How many bytes the base64 text stands for. */
export function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}
