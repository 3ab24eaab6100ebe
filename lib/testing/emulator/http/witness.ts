import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../common/clock.js';
import type { AuthGate } from '../auth/auth-gate.js';
import type { EmulatorFault } from '../trouble/trouble-types.js';
import type { RequestLog } from './request-log.js';

/** Routes that steer the emulator; neither logged nor troubled. */
const CONTROL = '/__emulator';

export function isControl(request: FastifyRequest): boolean {
  return request.raw.url?.startsWith(CONTROL) ?? false;
}

/** Writes what happens to requests into the log. */
export class Witness {
  private readonly faults = new WeakMap<FastifyRequest, EmulatorFault[]>();

  constructor(
    private readonly log: RequestLog,
    private readonly clock: Clock,
    private readonly gate: AuthGate,
  ) {}

  /** The first hook of all. */
  watchStart(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      if (!isControl(request)) {
        this.begin(request);
        reply.raw.once('close', () => this.closed(request, reply.raw));
      }
      done();
    });
  }

  /**
   * The last hook that sees the answer. Before it leaves, so that whoever got
   * it finds it in the log.
   */
  watchEnd(app: FastifyInstance): void {
    app.addHook('onSend', (request, reply, payload, done) => {
      this.answered(request, reply.statusCode);
      done(null, payload);
    });
  }

  /** Notes the trouble a request is in. */
  troubled(request: FastifyRequest, faults: EmulatorFault[]): void {
    const before = this.faults.get(request) ?? [];
    this.faults.set(request, [...before, ...faults]);
  }

  /** Status 0 is no answer. With `stays` the connection stays busy. */
  answered(request: FastifyRequest, status: number, stays = false): void {
    const identityId = this.gate.caller(request)?.identity.id;
    const trouble = this.faults.get(request)?.map(({ kind }) => kind);
    this.log.end(
      request,
      {
        status,
        finishedAt: this.clock.monotonic(),
        ...(identityId !== undefined && { identityId }),
        ...(trouble && { trouble: Object.freeze(trouble) }),
      },
      stays,
    );
  }

  private begin(request: FastifyRequest): void {
    const { url = '/' } = request.raw;
    const mark = url.indexOf('?');
    const route = request.routeOptions.url;
    this.log.begin(request, {
      method: request.method,
      path: mark < 0 ? url : url.slice(0, mark),
      ...(route !== undefined && { route }),
      query: mark < 0 ? NO_QUERY : queryOf(url.slice(mark)),
      startedAt: this.clock.monotonic(),
    });
  }

  /** A connection that broke, or a stream that ended. */
  private closed(
    request: FastifyRequest,
    raw: { headersSent: boolean; statusCode: number },
  ): void {
    if (!this.log.isRunning(request)) return;
    this.answered(request, raw.headersSent ? raw.statusCode : 0);
    this.log.close(request);
  }
}

const NO_QUERY = Object.freeze({});

function queryOf(search: string): Readonly<Record<string, string>> {
  return Object.freeze(Object.fromEntries(new URLSearchParams(search)));
}
