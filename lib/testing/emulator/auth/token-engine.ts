import type { JwtPayload } from 'jsonwebtoken';
import type { AuthMethodName, TokenPolicy } from '../state/auth-models.js';
import type { Identity, Organization } from '../state/models.js';

/** The answer of login and renew: these four keys and no other. */
export interface LoginAnswer {
  accessToken: string;
  expiresIn: number;
  accessTokenMaxTTL: number;
  tokenType: 'Bearer';
}

/** A login that was accepted, or a token that is minted. */
export interface Grant {
  readonly identity: Identity;
  readonly method: AuthMethodName;
  readonly policy: TokenPolicy;
  /** What the token is scoped to. */
  readonly organization: Organization;
  readonly clientSecretId?: string;
  /** What the provider said of the caller, for the claim of that name. */
  readonly identityAuth?: object;
}

export interface IssuedToken {
  /** What the claims call `identityAccessTokenId`. */
  readonly id: string;
  readonly answer: LoginAnswer;
}

/** Whoever an accepted token belongs to, and where it is good. */
export interface TokenHolder {
  readonly identity: Identity;
  readonly organization: Organization;
}

/** What may end under the tokens it gave out. */
export type TokenOrigin = 'identity' | 'method' | 'clientSecret';

/** One generation of the access-token machinery (contract: auth §0, §3). */
export interface TokenEngine {
  issue(grant: Grant): IssuedToken;
  renew(token: string): LoginAnswer;
  revoke(token: string): void;
  /** Accepts a verified token for one request, or throws; counts the use. */
  authorize(claims: JwtPayload, ip: string): TokenHolder;
  /** Ends all tokens of an identity, an auth method or a client secret. */
  end(origin: TokenOrigin, id: string): void;
}

export const UNTRUSTED_IP =
  'You are not allowed to access this resource from the current IP address';
