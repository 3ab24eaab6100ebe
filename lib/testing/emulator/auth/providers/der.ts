/** The little of ASN.1 DER that a certificate needs. */

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let left = size; left > 0; left >>= 8) bytes.unshift(left & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

export const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts);
export const set = (...parts: Buffer[]): Buffer => tagged(0x31, ...parts);
export const octets = (content: Buffer): Buffer => tagged(0x04, content);
export const bits = (content: Buffer): Buffer =>
  tagged(0x03, Buffer.from([0]), content);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
export const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** A positive number. */
export function integer(bytes: Buffer): Buffer {
  const needsSign = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, ...(needsSign ? [Buffer.from([0])] : []), bytes);
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const group = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) {
      group.unshift(0x80 | (left & 0x7f));
    }
    bytes.push(...group);
  }
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}
