import type { FastifyRequest } from 'fastify';
import {
  badRequest,
  forbidden,
  notFound,
  unauthorized,
} from '../http/api-error.js';
import { clientIp } from '../http/client-ip.js';
import type { Identity } from '../state/models.js';
import type { User } from '../state/user.js';
import { IDENTITY_TOKEN, type JwtSigner, USER_TOKEN } from './jwt-signer.js';
import type { TokenEngine } from './token-engine.js';
import type { UserTokens } from './user-tokens.js';

/** The kinds of token a route may take (contract: secrets §1). */
export type TokenKind = 'identity' | 'user';

/** Whoever sent a request with an accepted token. */
export interface Caller {
  /** Name and roles; a user stands here as well. */
  readonly identity: Identity;
  /** Set when the token is a user's. */
  readonly user?: User;
}

/** Reads the token of every request, also on public routes (auth §1, §3.5). */
export class AuthGate {
  private readonly callers = new WeakMap<FastifyRequest, Caller>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly tokens: TokenEngine,
    private readonly users: UserTokens,
  ) {}

  /** Decodes the token, if there is one; a bad one ends the request here. */
  decode(request: FastifyRequest): void {
    if (request.headers['x-api-key']) {
      throw badRequest(
        'API key authentication is not supported anymore. Please switch to identity authentication.',
      );
    }
    const header = request.headers.authorization;
    if (!header) return;
    // The scheme is not looked at: seven characters are dropped.
    const token = header.slice(7);
    if (token.startsWith('st.')) {
      const id = token.split('.')[1] ?? '';
      throw notFound(`Service token with ID '${id}' not found`);
    }
    const claims = this.signer.verify(token);
    if (claims.authTokenType === USER_TOKEN) {
      const user = this.users.authorize(claims);
      this.callers.set(request, { identity: user, user });
      return;
    }
    if (claims.authTokenType !== IDENTITY_TOKEN) return;
    const identity = this.tokens.authorize(claims, clientIp(request));
    this.callers.set(request, { identity });
  }

  caller(request: FastifyRequest): Caller | undefined {
    return this.callers.get(request);
  }

  /** The caller, if the route takes this kind of token. */
  require(request: FastifyRequest, kinds: readonly TokenKind[]): Caller {
    const caller = this.callers.get(request);
    if (!caller) throw unauthorized('Token missing');
    if (kinds.includes(caller.user ? 'user' : 'identity')) return caller;
    throw forbidden(undefined, `Forbidden access to ${request.raw.url}`);
  }
}
