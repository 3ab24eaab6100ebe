import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { InfisicalError } from '../../common/infisical.error.js';
import type { CapturedText } from './find-leaks.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'];
const LOGGER = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'];

let isCapturing = false;

/**
 * Takes what the process prints until it is stopped. Streams and console are
 * held back, so that a leak is not in the output of the test run either; Nest's
 * `Logger` goes on to the app's own logger.
 */
export class OutputCapture {
  readonly #texts = new Map<string, Buffer[]>();
  readonly #restore: (() => void)[] = [];
  readonly #held: (() => void)[] = [];

  /** @throws InfisicalError when another one is under way: their outputs could not be told apart */
  constructor() {
    if (isCapturing) {
      throw new InfisicalError(
        'assertNoSecretLeaks is under way already: await it before the next one.',
      );
    }
    isCapturing = true;
    this.stream('stdout', process.stdout);
    this.stream('stderr', process.stderr);
    for (const name of CONSOLE) this.printer(name);
    for (const name of LOGGER) {
      this.logger(Logger as unknown as Methods, name);
      this.logger(Logger.prototype as unknown as Methods, name);
    }
  }

  /** Lets everything print again. */
  stop(): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
    isCapturing = false;
  }

  /** Prints what was held back. */
  replay(): void {
    for (const print of this.#held.splice(0)) print();
  }

  /** All that was printed, by place. A text may have been printed in pieces. */
  get texts(): CapturedText[] {
    return [...this.#texts].map(([where, pieces]) => ({
      where,
      text: Buffer.concat(pieces).toString(),
    }));
  }

  private stream(name: string, stream: NodeJS.WriteStream): void {
    this.replace(stream as unknown as Methods, 'write', (original) => {
      const held = this.#held;
      const note = this.note.bind(this);
      return function (chunk, encoding, callback) {
        note(
          name,
          typeof chunk === 'string'
            ? Buffer.from(chunk, encodingOf(encoding))
            : Buffer.from(chunk as Uint8Array),
        );
        held.push(() => original.call(stream, chunk, encodingOf(encoding)));
        const done = [encoding, callback].find(
          (one) => typeof one === 'function',
        ) as (() => void) | undefined;
        if (done) queueMicrotask(done);
        return true;
      };
    });
  }

  private printer(name: string): void {
    const target = console as unknown as Methods;
    this.replace(target, name, (original) => (...args) => {
      this.note(`console.${name}`, toBytes(args));
      this.#held.push(() => original.apply(target, args));
    });
  }

  private logger(target: Methods, name: string): void {
    this.replace(target, name, (original) => {
      const note = this.note.bind(this);
      return function (...args) {
        note(`Logger.${name}`, toBytes(args));
        return original.apply(this, args);
      };
    });
  }

  private replace(
    target: Methods,
    name: string,
    make: (original: Method) => Method,
  ): void {
    const original = target[name];
    if (typeof original !== 'function') return;
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, {
      value: make(original),
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? true,
    });
    this.#restore.push(() => {
      if (own) Object.defineProperty(target, name, own);
      else delete target[name];
    });
  }

  private note(where: string, bytes: Buffer): void {
    const texts = this.#texts.get(where) ?? [];
    texts.push(bytes);
    this.#texts.set(where, texts);
  }
}

/** Everything of a value that a logger could print. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  const options = { depth: 10, maxStringLength: null, breakLength: Infinity };
  const shown = inspect(value, { ...options, maxArrayLength: null });
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // Circles and big integers have no JSON; they are inspected only.
  }
  return json === undefined ? shown : `${shown}\n${json}`;
}

function toBytes(args: readonly unknown[]): Buffer {
  return Buffer.from(`${args.map(toText).join(' ')}\n`);
}

function encodingOf(encoding: unknown): BufferEncoding | undefined {
  return typeof encoding === 'string'
    ? (encoding as BufferEncoding)
    : undefined;
}
