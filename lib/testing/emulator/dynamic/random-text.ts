import { randomInt } from 'node:crypto';

export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const UPPER = LOWER.toUpperCase();
export const DIGITS = '0123456789';
export const ALPHANUMERIC = UPPER + LOWER + DIGITS;

export function randomText(length: number, from = ALPHANUMERIC): string {
  return Array.from({ length }, () => from[randomInt(from.length)]).join('');
}
