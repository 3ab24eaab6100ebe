import type { FastifyInstance, FastifyRequest } from 'fastify';
import { randomInt } from 'node:crypto';
import { applyServiceTokenScope } from '../auth/service-token-routes.js';
import type { EmulatorContext } from '../context.js';
import type { EmulatorPackages } from '../packages.js';
import { handleError } from './error-handler.js';
import type { RequestLog } from './request-log.js';
import { compileZod, Router } from './router.js';

const ALPHANUMERIC =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const PAGE =
  '<!doctype html><html><head><title>Infisical emulator</title></head><body><p>This is the web page of an Infisical emulator. The API is below /api.</p></body></html>';

export type RouteModule = (router: Router, context: EmulatorContext) => void;

/** A Fastify server wired as the real one is (contract: auth §1). */
export async function createServer(
  packages: EmulatorPackages,
  context: EmulatorContext,
  log: RequestLog,
  modules: readonly RouteModule[],
): Promise<FastifyInstance> {
  const app = packages.fastify({
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: () => `req-${randomText(14)}`,
    // A trailing slash is ignored on every route.
    rewriteUrl: ({ url = '/' }) => url.replace(/(?<=[^/])\/(?=\?|$)/, ''),
  });
  app.setValidatorCompiler(compileZod);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(handleError);
  await app.register(packages.etag);
  await app.register(packages.formbody);
  recordRequests(app, context, log);
  app.addHook('onRequest', (request, _reply, done) => {
    context.gate.decode(request);
    done();
  });
  app.addHook('preHandler', (request, _reply, done) => {
    applyServiceTokenScope(context.gate, request);
    done();
  });
  app.setNotFoundHandler((request, reply) => {
    const { method, url = '' } = request.raw;
    // A wrong base URL looks like success: the real one serves its web page.
    if (method === 'GET' && !/^\/api(?:[/?]|$)/.test(url)) {
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

function recordRequests(
  app: FastifyInstance,
  { clock, gate }: EmulatorContext,
  log: RequestLog,
): void {
  const started = new WeakMap<FastifyRequest, number>();
  app.addHook('onRequest', (request, _reply, done) => {
    started.set(request, clock.monotonic());
    done();
  });
  // Before the answer leaves, so that whoever got it finds it in the log.
  app.addHook('onSend', (request, reply, payload, done) => {
    const finishedAt = clock.monotonic();
    const url = new URL(request.raw.url ?? '/', 'http://emulator');
    const identityId = gate.caller(request)?.identity.id;
    log.add({
      method: request.method,
      path: url.pathname,
      query: Object.freeze(Object.fromEntries(url.searchParams)),
      status: reply.statusCode,
      startedAt: started.get(request) ?? finishedAt,
      finishedAt,
      ...(identityId !== undefined && { identityId }),
    });
    done(null, payload);
  });
}

function randomText(length: number): string {
  return Array.from(
    { length },
    () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)],
  ).join('');
}
