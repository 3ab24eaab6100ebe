import type { Terminal } from '../../lib/cli/terminal.js';

/** A terminal that keeps what is written to it. */
export class MemoryTerminal implements Terminal {
  #out = '';
  #err = '';

  /** @param hasColors what its output says of colours; undefined for a pipe */
  constructor(private readonly hasColors?: boolean) {}

  readonly out: Terminal['out'] = {
    write: (text) => (this.#out += text),
    hasColors: () => this.hasColors ?? false,
  };

  readonly err: Terminal['err'] = { write: (text) => (this.#err += text) };

  /** The standard output. */
  get text(): string {
    return this.#out;
  }

  /** The error output. */
  get errors(): string {
    return this.#err;
  }
}
