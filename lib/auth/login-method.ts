import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { apiPath, routeWord } from '../http/api-path.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { HttpClient } from '../http/http-client.js';
import { requireText } from './credential.js';
import { SigningTime } from './signing-time.js';
import { readTokenAnswer, type TokenAnswer } from './token-life.js';

/** One way to log in. Credentials stay inside it. */
export interface LoginMethod {
  /** As in the options: `universalAuth`. */
  readonly name: string;
  /** Who gave it: a credential provider, and where that found it. Never a value. */
  readonly source?: string;
  /** Whether the server locks who is refused too often (contract: auth §2.3, §2.4). */
  readonly isLockable?: boolean;
  /** Who logs in, of those who use this method on this server. No secret, and asked of nobody. */
  subject(http: HttpClient): Promise<string>;
  /** @throws InfisicalAuthError when the server refuses */
  login(http: HttpClient, signal: AbortSignal): Promise<TokenAnswer>;
}

/** A token from outside: nothing to log in with. */
export interface GivenToken {
  readonly name: 'accessToken';
  /** Who gave it: a credential provider, and where that found it. Never a value. */
  readonly source?: string;
  /** Whether reading again may give another token. */
  readonly replaceable: boolean;
  read(http: HttpClient): Promise<string>;
}

/**
 * What every login by identity id takes.
 *
 * @example
 * ```ts
 * const identity: IdentityLoginOptions = {
 *   identityId,
 *   organizationSlug: 'payments',
 * };
 * const auth: AuthOptions = { gcpIdTokenAuth: identity };
 * ```
 *
 * @publicApi
 */
export interface IdentityLoginOptions {
  /** Id of the machine identity. */
  identityId: string;
  /** Log in to this sub-organization. Servers before 2026 ignore it. */
  organizationSlug?: string;
}

/** How a login is sent, beyond its body. */
export interface LoginCall {
  /** As in the path: `universal-auth`. */
  readonly route: string;
  readonly organizationSlug?: string;
  /** Who checks the credential for the server, where a refusal of theirs is answered with 500 (contract: auth §2.4). */
  readonly verifier?: string;
  /** Whether the same body may be sent twice. Default true. */
  readonly idempotent?: boolean;
}

/** What a login by identity id is made of. */
export interface IdentityLogin<
  O extends IdentityLoginOptions,
> extends LoginCall {
  /** As in the options: `awsAuth`. */
  readonly name: string;
  readonly options: O;
  readonly optionNames: readonly (keyof O & string)[];
  /** Checks the options of the method; `option` gives the full name of one. */
  check?(option: (name: string) => string): void;
  /** Whether the server locks who is refused too often. */
  readonly isLockable?: boolean;
  /** Whether the body tells its time, which a wrong clock makes a refusal of. */
  readonly isDated?: boolean;
  /**
   * Reads the credentials and builds what is sent beside the identity id.
   *
   * @param now milliseconds since the epoch, for a body that tells its time
   */
  body(
    http: HttpClient,
    signal: AbortSignal,
    option: (name: string) => string,
    now: number,
  ): Promise<object>;
  /** Where to send it, when not to the server of the client. */
  send?(
    http: HttpClient,
    work: (http: HttpClient) => Promise<TokenAnswer>,
  ): Promise<TokenAnswer>;
}

/**
 * A login by identity id and something that proves it.
 *
 * @throws InfisicalConfigError naming the first wrong option
 */
export function identityLogin<O extends IdentityLoginOptions>(
  login: IdentityLogin<O>,
): LoginMethod {
  const { name, options, optionNames } = login;
  const option = (key: string): string => `auth.${name}.${key}`;
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(
      `auth.${name} must be an object with the options of this login: ${['identityId', 'organizationSlug', ...optionNames].join(', ')}.`,
    );
  }
  assertKnownOptions(
    options,
    ['identityId', 'organizationSlug', ...optionNames],
    `auth.${name}`,
  );
  requireText(options.identityId, option('identityId'));
  checkSlug(options.organizationSlug, option('organizationSlug'));
  login.check?.(option);
  const { organizationSlug } = options;
  const time = new SigningTime();
  return {
    name,
    isLockable: login.isLockable,
    subject: () =>
      Promise.resolve(subjectOf(options.identityId.trim(), organizationSlug)),
    login(http, signal) {
      const attempt = async (now: number): Promise<TokenAnswer> => {
        const body = {
          identityId: options.identityId.trim(),
          ...(await login.body(http, signal, option, now)),
        };
        const post = (target: HttpClient): Promise<TokenAnswer> =>
          postLogin(target, signal, body, { ...login, organizationSlug });
        return login.send ? login.send(http, post) : post(http);
      };
      return login.isDated
        ? time.login(http, attempt)
        : attempt(http.clock.now());
    },
  };
}

/** Sends a login without any token (contract: auth §2.1). */
export async function postLogin(
  http: HttpClient,
  signal: AbortSignal,
  body: object,
  { route, organizationSlug, verifier, idempotent = true }: LoginCall,
): Promise<TokenAnswer> {
  try {
    const { data } = await http.call(
      {
        method: 'POST',
        path: apiPath`/api/v1/auth/${routeWord(route)}/login`,
        // An empty slug is refused with 422, so it is left out.
        body: {
          ...body,
          organizationSlug: organizationSlug?.trim() || undefined,
        },
        idempotent,
        operation: 'auth.login',
      },
      signal,
    );
    return readTokenAnswer(data);
  } catch (error) {
    if (
      verifier &&
      error instanceof InfisicalHttpError &&
      error.status === 500
    ) {
      throw error.about(
        `a credential that ${verifier} checks for the server: most often ${verifier} refused it. Check the credentials, and the clock of this machine`,
      );
    }
    throw error;
  }
}

/** Who logs in to which organization. */
export function subjectOf(id: string, organizationSlug?: string): string {
  return JSON.stringify([id, organizationSlug?.trim() ?? '']);
}

/** @throws InfisicalConfigError naming the option; an empty slug is the same as none */
export function checkSlug(slug: unknown, option: string): void {
  if (slug === undefined || typeof slug === 'string') return;
  throw new InfisicalConfigError(
    `${option} must be the slug of a sub-organization.`,
  );
}
