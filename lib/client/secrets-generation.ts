import type { ApiAnswer, ApiCall } from '../http/api-call.js';
import { readObject } from './answer-readers.js';
import type { ClientContext, Place } from './client-context.js';
import { type SecretForm, SecretRecord } from './secret-record.js';

/** A generation of the secrets API. */
export type SecretsVersion = 'v4' | 'v3';

/** An answer, and the generation it is of. */
export interface Answered {
  readonly version: SecretsVersion;
  readonly answer: ApiAnswer;
}

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
    return (await this.ask(build)).answer;
  }

  /** Makes the call in the server's generation, and says which one that is. */
  async ask(build: (version: SecretsVersion) => ApiCall): Promise<Answered> {
    if (this.#version === 'v3' || this.#context.options.apiVersion !== 'auto') {
      const version = this.#version;
      return { version, answer: await this.#context.call(build(version)) };
    }
    const { answer, isOlder } = await this.#context.callWithFallback(
      build('v4'),
      () => build('v3'),
    );
    if (isOlder) this.useOlder();
    return { version: isOlder ? 'v3' : 'v4', answer };
  }

  private useOlder(): void {
    if (this.#version === 'v3') return;
    this.#version = 'v3';
    this.#context.options.logger.log(
      'This server has no v4 API for secrets: the deprecated v3 API is used from now on. Upgrade the server when you can.',
    );
  }

  /** The secret of the answer. */
  async one(
    place: Place,
    form: SecretForm,
    build: (version: SecretsVersion) => ApiCall,
  ): Promise<SecretRecord> {
    const { answer, version } = await this.ask(build);
    const raw = readObject(answer.data, 'secret');
    return new SecretRecord(raw, place, formOn(version, form));
  }
}

/** The flag came late in the life of v3 (contract: secrets §2.7); a server without it hides nothing. */
export function formOn(version: SecretsVersion, form: SecretForm): SecretForm {
  return version === 'v4' ? form : { ...form, hidden: false };
}
