import type { FastifyRequest } from 'fastify';
import { badRequest, forbidden, unauthorized } from '../http/api-error.js';
import { clientIp } from '../http/client-ip.js';
import type { Identity, Organization } from '../state/models.js';
import type { User } from '../state/user.js';
import { IDENTITY_TOKEN, type JwtSigner, USER_TOKEN } from './jwt-signer.js';
import {
  holderOf,
  type ServiceToken,
  type ServiceTokens,
} from './service-tokens.js';
import type { TokenEngine } from './token-engine.js';
import type { UserTokens } from './user-tokens.js';

/** The kinds of token a route may take (contract: secrets §1). */
export type TokenKind = 'identity' | 'user' | 'service';

/** Whoever sent a request with an accepted token. */
export interface Caller {
  /** Name and roles; a user stands here as well. */
  readonly identity: Identity;
  /** What the token is scoped to. */
  readonly organization: Organization;
  /** Set when the token is a user's. */
  readonly user?: User;
  /** Set when the token is a service token. */
  readonly serviceToken?: ServiceToken;
}

/** Reads the token of every request, also on public routes (auth §1, §3.5). */
export class AuthGate {
  private readonly callers = new WeakMap<FastifyRequest, Caller>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly tokens: TokenEngine,
    private readonly users: UserTokens,
    private readonly serviceTokens: ServiceTokens,
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
      if (request.headers['x-infisical-org']) {
        throw badRequest(
          "Service token doesn't support sub organization selector",
        );
      }
      const serviceToken = this.serviceTokens.authorize(token);
      const identity = holderOf(serviceToken);
      const { organization } = identity;
      this.callers.set(request, { identity, organization, serviceToken });
      return;
    }
    const claims = this.signer.verify(token);
    if (claims.authTokenType === USER_TOKEN) {
      const user = this.users.authorize(claims);
      const { organization } = user;
      this.callers.set(request, { identity: user, organization, user });
      return;
    }
    if (claims.authTokenType !== IDENTITY_TOKEN) return;
    this.callers.set(request, this.tokens.authorize(claims, clientIp(request)));
  }

  caller(request: FastifyRequest): Caller | undefined {
    return this.callers.get(request);
  }

  /** The caller, if the route takes this kind of token. */
  require(request: FastifyRequest, kinds: readonly TokenKind[]): Caller {
    const caller = this.callers.get(request);
    if (!caller) throw unauthorized('Token missing');
    if (kinds.includes(kindOf(caller))) return caller;
    throw forbidden(undefined, `Forbidden access to ${request.raw.url}`);
  }
}

function kindOf({ user, serviceToken }: Caller): TokenKind {
  if (serviceToken) return 'service';
  return user ? 'user' : 'identity';
}
