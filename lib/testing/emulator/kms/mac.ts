import { createHmac, timingSafeEqual } from 'node:crypto';
import { HMAC, type HmacAlgorithm } from './algorithms.js';

/** RFC 2104. */
export function generateMac(
  algorithm: HmacAlgorithm,
  key: Buffer,
  data: Buffer,
): Buffer {
  return createHmac(HMAC[algorithm].hash, key).update(data).digest();
}

/** A MAC of another length is a wrong one, not an error. */
export function isMac(expected: Buffer, mac: Buffer): boolean {
  return expected.length === mac.length && timingSafeEqual(expected, mac);
}
