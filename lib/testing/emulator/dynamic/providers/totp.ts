import { createHmac } from 'node:crypto';
import type { infer as Infer } from 'zod/v3';
import { badRequest } from '../../http/api-error.js';
import type { Zod } from '../../packages.js';
import { FAILURES } from '../provider-errors.js';
import { randomText } from '../random-text.js';
import type { Minting } from './minted-provider.js';

const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function totpInputs(z: Zod) {
  return z.discriminatedUnion('configType', [
    z.object({
      configType: z.literal('url'),
      url: z
        .string()
        .url()
        .trim()
        .min(1)
        .refine((url) => Boolean(new URL(url).searchParams.get('secret')), {
          message: 'OTP URL must contain secret field',
        }),
    }),
    z.object({
      configType: z.literal('manual'),
      secret: z.string().trim().min(1),
      period: z.number().optional(),
      algorithm: z.enum(ALGORITHMS).optional(),
      digits: z.number().optional(),
    }),
  ]);
}

type TotpInputs = Infer<ReturnType<typeof totpInputs>>;

interface Settings {
  readonly secret: string;
  readonly period: number;
  readonly digits: number;
  readonly algorithm: string;
}

/** Real one-time passwords of RFC 6238. */
export function totp(inputs: TotpInputs): Minting {
  const settings = settingsOf(inputs);
  return {
    probe: () => {
      if (decode(settings.secret)) return;
      throw badRequest(`${FAILURES.connect}: the secret is not base32`);
    },
    mint: ({ now }) => {
      const seconds = Math.floor(now.getTime() / 1000);
      const { period } = settings;
      return {
        entityId: randomText(32),
        data: {
          TOTP: oneTimePassword(settings, seconds),
          TIME_REMAINING: period - (seconds % period),
        },
      };
    },
  };
}

function settingsOf(inputs: TotpInputs): Settings {
  if (inputs.configType === 'manual') {
    const { secret, period, digits, algorithm } = inputs;
    return {
      secret,
      period: period || 30,
      digits: digits || 6,
      algorithm: algorithm ?? 'sha1',
    };
  }
  const { searchParams } = new URL(inputs.url);
  const algorithm = searchParams.get('algorithm')?.toLowerCase() ?? '';
  const isKnown = (ALGORITHMS as readonly string[]).includes(algorithm);
  return {
    secret: searchParams.get('secret') ?? '',
    period: Number(searchParams.get('period')) || 30,
    digits: Number(searchParams.get('digits')) || 6,
    algorithm: isKnown ? algorithm : 'sha1',
  };
}

function oneTimePassword(settings: Settings, seconds: number): string {
  const { secret, period, digits, algorithm } = settings;
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / period)));
  const key = decode(secret) ?? Buffer.alloc(0);
  const mac = createHmac(algorithm, key).update(counter).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 0x0f;
  const code = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(code % 10 ** digits).padStart(digits, '0');
}

/** Base32 of RFC 4648; undefined for what is none. */
function decode(text: string): Buffer | undefined {
  const letters = text.replace(/[\s=]/g, '').toUpperCase();
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of letters) {
    const index = BASE32.indexOf(letter);
    if (index < 0) return undefined;
    value = ((value << 5) | index) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return bytes.length > 0 ? Buffer.from(bytes) : undefined;
}
