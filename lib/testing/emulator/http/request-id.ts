import { randomFillSync } from 'node:crypto';

const ALPHANUMERIC =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 14;

// Random bytes for many ids at once.
const pool = Buffer.alloc(LENGTH * 256);
let used = pool.length;

/** `req-` and 14 letters and digits (contract: auth §1). */
export function requestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = 'req-';
  for (const end = used + LENGTH; used < end; used++) {
    id += ALPHANUMERIC[(pool[used] ?? 0) % ALPHANUMERIC.length];
  }
  return id;
}
