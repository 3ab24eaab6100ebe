import type { HttpClient } from '../http/http-client.js';
import type { TokenAnswer } from './token-life.js';

/**
 * A credential: the value itself, or a function that is called again at every
 * login, so that a rotated credential is picked up.
 *
 * @publicApi
 */
export type Credential = string | (() => string | Promise<string>);

/** One way to log in. Credentials stay inside it. */
export interface LoginMethod {
  /** As in the options: `universalAuth`. */
  readonly name: string;
  /** @throws InfisicalAuthError when the server refuses */
  login(http: HttpClient, signal: AbortSignal): Promise<TokenAnswer>;
}

/** A token from outside: nothing to log in with. */
export interface GivenToken {
  readonly name: 'accessToken';
  /** Whether reading again may give another token. */
  readonly replaceable: boolean;
  read(): Promise<string>;
}

/** The value of a credential, trimmed. */
export async function readCredential(credential: Credential): Promise<string> {
  return (
    typeof credential === 'function' ? await credential() : credential
  ).trim();
}

/** Universal Auth: client id and client secret of a machine identity. */
export interface UniversalAuthCredentials {
  clientId: Credential;
  clientSecret: Credential;
  /** Log in to this sub-organization. Servers before 2026 ignore it. */
  organizationSlug?: string;
}

/**
 * How the client logs in: exactly one key, named as in `client.auth`.
 *
 * @publicApi
 */
export type AuthOptions =
  | { universalAuth: UniversalAuthCredentials }
  | {
      /** A ready access token, with or without `Bearer`. It is renewed while the server allows, and cannot be replaced after that. */
      accessToken: Credential;
    };
