import { randomInt } from 'node:crypto';
import { DIGITS, LOWER, randomText, UPPER } from './random-text.js';

export interface PasswordRequirements {
  readonly length: number;
  readonly required: {
    readonly lowercase: number;
    readonly uppercase: number;
    readonly digits: number;
    readonly symbols: number;
  };
  readonly allowedSymbols?: string;
}

const SYMBOLS = '-_.~!*';

/** How long a password is when nothing is required. */
const DEFAULT_LENGTH = 48;
const DEFAULT_REQUIRED = { lowercase: 1, uppercase: 1, digits: 1, symbols: 0 };

export function generatePassword(
  requirements: Partial<PasswordRequirements> = {},
): string {
  const { length = DEFAULT_LENGTH, required = DEFAULT_REQUIRED } = requirements;
  const { allowedSymbols = SYMBOLS } = requirements;
  const symbols = allowedSymbols || SYMBOLS;
  const text =
    randomText(required.lowercase, LOWER) +
    randomText(required.uppercase, UPPER) +
    randomText(required.digits, DIGITS) +
    randomText(required.symbols, symbols);
  const rest = randomText(
    length - text.length,
    LOWER + UPPER + DIGITS + symbols,
  );
  return shuffle([...text, ...rest]).join('');
}

function shuffle(items: string[]): string[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [
      items[other] as string,
      items[last] as string,
    ];
  }
  return items;
}
