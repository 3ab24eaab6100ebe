import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HTTPMethods,
} from 'fastify';
import type { infer as Infer, ZodTypeAny } from 'zod/v3';
import type { AuthGate, Caller, TokenKind } from '../auth/auth-gate.js';

type Output<S> = S extends ZodTypeAny ? Infer<S> : undefined;
type Schema = ZodTypeAny | undefined;

interface RouteInput<P extends Schema, Q extends Schema, B extends Schema> {
  readonly params: Output<P>;
  readonly query: Output<Q>;
  readonly body: Output<B>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface RouteSpec<
  P extends Schema,
  Q extends Schema,
  B extends Schema,
  Extra,
> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Largest raw body in bytes; the framework's 1 MiB without. */
  readonly bodyLimit?: number;
  readonly handler: (input: RouteInput<P, Q, B> & Extra) => unknown;
}

type CallerSpec<
  P extends Schema,
  Q extends Schema,
  B extends Schema,
> = RouteSpec<P, Q, B, { readonly caller: Caller }>;

/** Registers routes with their schemas; what a schema does not name is dropped. */
export class Router {
  constructor(
    private readonly app: FastifyInstance,
    private readonly gate: AuthGate,
  ) {}

  /** A route that anyone may call. */
  open<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: RouteSpec<P, Q, B, object>): void {
    this.add(method, url, spec, undefined, (input) => spec.handler(input));
  }

  /** A route that needs an identity access token. */
  identity<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: CallerSpec<P, Q, B>): void {
    this.callers(['identity'], method, url, spec);
  }

  /** A route that needs the token of a user. */
  user<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: CallerSpec<P, Q, B>): void {
    this.callers(['user'], method, url, spec);
  }

  /** A route that needs a service token. */
  service<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: CallerSpec<P, Q, B>): void {
    this.callers(['service'], method, url, spec);
  }

  /** A route that takes users and machine identities. */
  member<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: CallerSpec<P, Q, B>): void {
    this.callers(['identity', 'user'], method, url, spec);
  }

  /** A route that takes users, machine identities and service tokens. */
  any<
    P extends Schema = undefined,
    Q extends Schema = undefined,
    B extends Schema = undefined,
  >(method: HTTPMethods, url: string, spec: CallerSpec<P, Q, B>): void {
    this.callers(['identity', 'user', 'service'], method, url, spec);
  }

  private callers<P extends Schema, Q extends Schema, B extends Schema>(
    kinds: readonly TokenKind[],
    method: HTTPMethods,
    url: string,
    spec: CallerSpec<P, Q, B>,
  ): void {
    this.add(method, url, spec, kinds, (input) => {
      const caller = this.gate.require(input.request, kinds);
      return spec.handler({ ...input, caller });
    });
  }

  private add<P extends Schema, Q extends Schema, B extends Schema, Extra>(
    method: HTTPMethods,
    url: string,
    spec: RouteSpec<P, Q, B, Extra>,
    kinds: readonly TokenKind[] | undefined,
    handle: (input: RouteInput<P, Q, B>) => unknown,
  ): void {
    this.app.route({
      method,
      url,
      bodyLimit: spec.bodyLimit,
      schema: {
        ...(spec.params && { params: spec.params }),
        ...(spec.query && { querystring: spec.query }),
        ...(spec.body && { body: spec.body }),
      },
      // Before the body is read: a missing token outranks a bad body.
      onRequest: (request, _reply, done) => {
        if (kinds) this.gate.require(request, kinds);
        done();
      },
      handler: async (request, reply) =>
        handle({
          params: request.params as Output<P>,
          query: request.query as Output<Q>,
          body: request.body as Output<B>,
          request,
          reply,
        }),
    });
  }
}

/** Lets Fastify validate with zod, as the server does. */
export function compileZod({ schema }: { schema: unknown }) {
  return (data: unknown): { value: unknown } | { error: Error } => {
    try {
      const result = (schema as ZodTypeAny).safeParse(data);
      return result.success ? { value: result.data } : { error: result.error };
    } catch (error) {
      return { error: error as Error };
    }
  };
}
