/** The two numbers of an ECDSA signature. */
export interface SignatureParts {
  readonly r: bigint;
  readonly s: bigint;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** SEQUENCE { INTEGER r, INTEGER s } for numbers of up to 32 bytes. */
export function writeDerSignature({ r, s }: SignatureParts): Buffer {
  const body = Buffer.concat([writeInteger(r), writeInteger(s)]);
  return Buffer.concat([Buffer.from([SEQUENCE, body.length]), body]);
}

/** Undefined for anything but exactly what `writeDerSignature` gives. */
export function readDerSignature(bytes: Buffer): SignatureParts | undefined {
  if (bytes[0] !== SEQUENCE || bytes[1] !== bytes.length - 2) return undefined;
  const first = readInteger(bytes, 2);
  const second = first && readInteger(bytes, first.end);
  if (!first || second?.end !== bytes.length) return undefined;
  const parts = { r: first.value, s: second.value };
  return writeDerSignature(parts).equals(bytes) ? parts : undefined;
}

function writeInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  // A leading zero keeps a number with its highest bit set positive.
  const isHigh = ((bytes[0] ?? 0) & 0x80) !== 0;
  const content = isHigh ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([INTEGER, content.length]), content]);
}

function readInteger(
  bytes: Buffer,
  at: number,
): { value: bigint; end: number } | undefined {
  const length = bytes[at + 1];
  if (bytes[at] !== INTEGER || !length || length > 33) return undefined;
  const end = at + 2 + length;
  if (end > bytes.length) return undefined;
  const hex = bytes.subarray(at + 2, end).toString('hex');
  return { value: BigInt(`0x${hex}`), end };
}
