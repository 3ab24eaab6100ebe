import type { ApiAnswer, ApiCall } from '../http/http-client.js';
import type { ClientContext } from './client-context.js';

/** A generation of the secrets API. */
export type SecretsVersion = 'v4' | 'v3';

/** Finds out which generation the server has: v4, and v3 for the life of the client once a v4 route turned out to be missing. */
export class SecretsGeneration {
  readonly #context: ClientContext;
  #version: SecretsVersion;

  constructor(context: ClientContext) {
    this.#context = context;
    this.#version = context.options.apiVersion === 'v3' ? 'v3' : 'v4';
  }

  /** Makes the call in the server's generation. */
  async call(build: (version: SecretsVersion) => ApiCall): Promise<ApiAnswer> {
    if (this.#version === 'v3') return this.#context.call(build('v3'));
    if (this.#context.options.apiVersion !== 'auto') {
      return this.#context.call(build('v4'));
    }
    const { answer, isOlder } = await this.#context.callWithFallback(
      build('v4'),
      () => build('v3'),
    );
    if (isOlder) this.#version = 'v3';
    return answer;
  }
}
