import { types } from 'node:util';

/**
 * Text or bytes. A string is encoded as UTF-8.
 *
 * @example
 * ```ts
 * const text: Bytes = 'customer 17';
 * const bytes: Bytes = new TextEncoder().encode(text);
 * const sealed = await kms
 *   .envelope('customer-data')
 *   .encrypt(bytes, { aad: text });
 * ```
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
  if (typeof text !== 'string' || text === '') return false;
  // One character at a time: a pattern of many overflows the stack at some mebibytes.
  const end = text.search(/[^A-Za-z0-9+/]/);
  if (end < 0) return text.length % 4 !== 1;
  return end > 0 && text.length % 4 === 0 && /^={1,2}$/.test(text.slice(end));
}

/** How many bytes the base64 text stands for. */
export function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}
