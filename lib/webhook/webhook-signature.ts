import { createHmac, timingSafeEqual } from 'node:crypto';

/** Time of sending, which is not signed (the body's `timestamp` is), and the HMAC in lower case hex (contract: secrets §9.2). */
const SIGNATURE = /^t=\d{1,15};([0-9a-f]{64})$/;

/** The HMAC in a signature header, if it is one of Infisical. */
export function readSignature(header: string | undefined): Buffer | undefined {
  const mac = SIGNATURE.exec(header ?? '')?.[1];
  return mac === undefined ? undefined : Buffer.from(mac, 'hex');
}

/** Whether a body was signed with one of the secrets. It takes the same time for all that are not. */
export function isSigned(
  body: Uint8Array,
  mac: Buffer,
  secrets: readonly string[],
): boolean {
  const matches = secrets.map((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(body).digest(), mac),
  );
  return matches.includes(true);
}
