import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { applyServiceTokenScope } from '../auth/service-token-routes.js';
import type { EmulatorContext } from '../context.js';
import type { EmulatorPackages } from '../packages.js';
import { handleError } from './error-handler.js';
import type { Clock } from '../../../common/clock.js';
import type { TroubleBook } from '../trouble/trouble-book.js';
import { TroubleHooks } from '../trouble/trouble-hooks.js';
import { RateLimiter } from './rate-limiter.js';
import type { RequestLog } from './request-log.js';
import { requestId } from './request-id.js';
import { compileZod, Router } from './router.js';
import { isControl, Witness } from './witness.js';

const PAGE =
  '<!doctype html><html><head><title>Infisical emulator</title></head><body><p>This is the web page of an Infisical emulator. The API is below /api.</p></body></html>';

type Compilers = NonNullable<
  FastifyServerOptions['schemaController']
>['compilersFactory'];

/** Given these, the framework does not load its own, which takes a while. */
const COMPILERS = {
  buildValidator: () => compileZod,
  buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
} as unknown as Compilers;

export type RouteModule = (router: Router, context: EmulatorContext) => void;

/** A Fastify server wired as the real one is (contract: auth §1). */
export async function createServer(
  packages: EmulatorPackages,
  context: EmulatorContext,
  log: RequestLog,
  trouble: TroubleBook,
  modules: readonly RouteModule[],
): Promise<FastifyInstance> {
  const app = packages.fastify({
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: requestId,
    schemaController: { compilersFactory: COMPILERS },
    // A trailing slash is ignored on every route.
    rewriteUrl: ({ url = '/' }) => url.replace(/^([^?]*[^/?])\/(?=\?|$)/, '$1'),
  });
  app.setErrorHandler(handleError);
  const { clock, gate } = context;
  const witness = new Witness(log, clock, gate);
  const hooks = new TroubleHooks(trouble, clock, witness);
  witness.watchStart(app);
  tellTime(app, clock);
  await app.register(packages.etag);
  await app.register(packages.formbody);
  hooks.before(app);
  app.addHook('onRequest', (request, _reply, done) => {
    gate.decode(request);
    done();
  });
  if (context.cloud) {
    const limiter = new RateLimiter(clock, context.cloud);
    app.addHook('preValidation', (request, reply, done) => {
      limiter.check(request, reply, gate.caller(request) !== undefined);
      done();
    });
  }
  app.addHook('preHandler', (request, _reply, done) => {
    applyServiceTokenScope(gate, request);
    done();
  });
  hooks.before(app, (request) => gate.caller(request)?.identity.id);
  hooks.rateLimits(app);
  hooks.after(app);
  witness.watchEnd(app);
  app.setNotFoundHandler((request, reply) => {
    const { method, url = '' } = request.raw;
    // A wrong base URL looks like success: the real one serves its web page.
    const isPage = method === 'GET' && !isControl(request);
    if (isPage && !/^\/api(?:[/?]|$)/.test(url)) {
      return reply.status(200).type('text/html; charset=utf-8').send(PAGE);
    }
    return reply.status(404).send({
      message: `Route ${method}:${url} not found`,
      error: 'Not Found',
      statusCode: 404,
    });
  });
  const router = new Router(app, context.gate);
  for (const addRoutes of modules) addRoutes(router, context);
  return app;
}

/** The `Date` of an answer is that of the emulator's clock. */
function tellTime(app: FastifyInstance, clock: Clock): void {
  let second = NaN;
  let text = '';
  app.addHook('onRequest', (_request, reply, done) => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) text = new Date(now * 1000).toUTCString();
    second = now;
    reply.raw.setHeader('date', text);
    done();
  });
}
