import type { JwtPayload } from 'jsonwebtoken';
import type { ClientSecret, Identity } from '../state/models.js';

/** The answer of login and renew: these four keys and no other. */
export interface LoginAnswer {
  accessToken: string;
  expiresIn: number;
  accessTokenMaxTTL: number;
  tokenType: 'Bearer';
}

/** One generation of the access-token machinery (contract: auth §0, §3). */
export interface TokenEngine {
  issue(identity: Identity, secret: ClientSecret): LoginAnswer;
  renew(token: string): LoginAnswer;
  revoke(token: string): void;
  /** Accepts a verified token for one request, or throws; counts the use. */
  authorize(claims: JwtPayload, ip: string): Identity;
}
