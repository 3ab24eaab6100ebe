import type { FastifyRequest } from 'fastify';
import { badRequest, notFound, unauthorized } from '../http/api-error.js';
import { clientIp } from '../http/client-ip.js';
import type { Identity } from '../state/models.js';
import { IDENTITY_TOKEN, type JwtSigner } from './jwt-signer.js';
import type { TokenEngine } from './token-engine.js';

/** Whoever sent a request with an accepted token. */
export interface Caller {
  readonly identity: Identity;
}

/** Reads the token of every request, also on public routes (auth §1, §3.5). */
export class AuthGate {
  private readonly callers = new WeakMap<FastifyRequest, Caller>();

  constructor(
    private readonly signer: JwtSigner,
    private readonly tokens: TokenEngine,
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
    if (claims.authTokenType !== IDENTITY_TOKEN) return;
    const identity = this.tokens.authorize(claims, clientIp(request));
    this.callers.set(request, { identity });
  }

  caller(request: FastifyRequest): Caller | undefined {
    return this.callers.get(request);
  }

  require(request: FastifyRequest): Caller {
    const caller = this.callers.get(request);
    if (!caller) throw unauthorized('Token missing');
    return caller;
  }
}
