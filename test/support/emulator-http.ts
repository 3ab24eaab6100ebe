import type { InfisicalEmulator } from 'nestjs-infisical/testing';
import { OpenApiContract } from './openapi.js';

export const PROJECT_ID = '22222222-2222-4222-8222-222222222222';
export const CLIENT_ID = '11111111-1111-4111-8111-111111111111';
export const CLIENT_SECRET = 'emulator-client-secret';

// Compiling the schemas takes a while; one copy serves a whole test file.
let shared: OpenApiContract | undefined;

/** What every answer of a test file is compared with. */
export function contract(): OpenApiContract {
  return (shared ??= new OpenApiContract());
}

/** An answer of the emulator. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  readonly text: string;
}

type Json = Record<string, unknown>;

interface Options {
  readonly token?: string;
  readonly body?: unknown;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string;
  /** The route is not in the contract's files. */
  readonly isUnlisted?: boolean;
}

/** Sends requests over real HTTP and checks each answer with the contract. */
export class EmulatorHttp {
  token: string | undefined;

  constructor(private readonly emulator: InfisicalEmulator) {}

  get(path: string, query?: Record<string, string>, options: Options = {}) {
    return this.send('GET', path, { query, ...options });
  }

  post(path: string, body?: unknown, options: Options = {}) {
    return this.send('POST', path, { body, ...options });
  }

  patch(path: string, body?: unknown, options: Options = {}) {
    return this.send('PATCH', path, { body, ...options });
  }

  delete(path: string, body?: unknown, options: Options = {}) {
    return this.send('DELETE', path, { body, ...options });
  }

  async send(method: string, path: string, options: Options): Promise<Answer> {
    const { body, rawBody, query = {}, isUnlisted = false } = options;
    const url = new URL(path, this.emulator.url);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    const token = 'token' in options ? options.token : this.token;
    const response = await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      body: rawBody ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await response.text();
    const isJson = text.startsWith('{') || text.startsWith('[');
    const parsed = (isJson ? JSON.parse(text) : {}) as Json;
    if (!isUnlisted) {
      contract().check(method, url.pathname, response.status, parsed);
    }
    return {
      status: response.status,
      headers: response.headers,
      body: parsed,
      text,
    };
  }

  login(
    clientId = CLIENT_ID,
    clientSecret = CLIENT_SECRET,
    options: Options = {},
  ): Promise<Answer> {
    return this.post(
      '/api/v1/auth/universal-auth/login',
      { clientId, clientSecret },
      { token: undefined, ...options },
    );
  }

  /** Logs in and uses the token from now on. */
  async useLogin(clientId?: string, clientSecret?: string): Promise<string> {
    const answer = await this.login(clientId, clientSecret);
    if (answer.status !== 200) throw new Error(answer.text);
    const token = pick(answer, 'accessToken');
    this.token = token;
    return token;
  }
}

/** A value deep inside an answer. */
export function pick<T = string>({ body }: Answer, ...path: string[]): T {
  return path.reduce<unknown>((at, key) => (at as Json)[key], body) as T;
}

/** What tells one error from another. */
export function errorOf({ status, body }: Answer) {
  return { status, error: body.error, message: body.message };
}
