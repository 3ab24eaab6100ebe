import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OutgoingHttpHeaders } from 'node:http';
import { type Clock, delay } from '../../../common/clock.js';
import { jitter } from '../../../common/random.js';
import { isControl, type Witness } from '../http/witness.js';
import {
  errorAnswer,
  type FaultAnswer,
  rateLimitAnswer,
} from './fault-answers.js';
import type { TroubleBook } from './trouble-book.js';
import type { EmulatorFault } from './trouble-types.js';

type Faults = EmulatorFault[];
type Latency = Extract<EmulatorFault, { kind: 'latency' }>;

/** Makes the trouble that was asked for happen to requests. */
export class TroubleHooks {
  private readonly plans = new WeakMap<FastifyRequest, Faults>();

  constructor(
    private readonly book: TroubleBook,
    private readonly clock: Clock,
    private readonly witness: Witness,
  ) {}

  /** Trouble before anything is done, or as soon as the identity is known. */
  before(app: FastifyInstance, identityOf?: IdentityOf): void {
    app.addHook('onRequest', (request, reply, done) => {
      const faults = this.take(request, identityOf);
      if (faults.length === 0) return done();
      this.happenBefore(faults, request, reply).then(
        (goesOn) => goesOn && done(),
        done,
      );
    });
  }

  /** Rate limits come after the token and before the validation (auth §1). */
  rateLimits(app: FastifyInstance): void {
    app.addHook('preValidation', (request, reply, done) => {
      const fault = this.plans
        .get(request)
        ?.find(({ kind }) => kind === 'rate-limit');
      if (fault?.kind !== 'rate-limit') return done();
      send(reply, rateLimitAnswer(fault, request.id));
    });
  }

  /** Trouble with an answer that is ready. */
  after(app: FastifyInstance): void {
    app.addHook('onSend', (request, reply, payload, done) => {
      const faults = this.plans.get(request)?.filter(isAfter) ?? [];
      // An answer that is trouble itself gets no more.
      this.plans.delete(request);
      if (faults.length === 0) return done(null, payload);
      this.happenAfter(faults, request, reply, payload).then(
        (changed) => changed !== GONE && done(null, changed),
        done,
      );
    });
  }

  private take(request: FastifyRequest, identityOf?: IdentityOf): Faults {
    if (this.book.isEmpty || isControl(request)) return [];
    const { url = '/' } = request.raw;
    const faults = this.book.faults(
      {
        method: request.method,
        path: url.split('?', 1)[0] ?? url,
        route: request.routeOptions.url,
        identityId: identityOf?.(request),
      },
      identityOf !== undefined,
    );
    if (faults.length === 0) return faults;
    this.witness.troubled(request, faults);
    this.plans.set(request, [...(this.plans.get(request) ?? []), ...faults]);
    return faults.filter((fault) => !isAfter(fault));
  }

  /** Whether the request goes on. */
  private async happenBefore(
    faults: Faults,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    for (const fault of faults) {
      if (fault.kind === 'latency') await this.wait(fault);
    }
    for (const fault of faults) {
      if (fault.kind === 'error') {
        this.plans.delete(request);
        send(reply, errorAnswer(fault, request.id));
        return false;
      }
      if (fault.kind === 'reset') {
        this.reset(request, reply);
        return false;
      }
      if (fault.kind === 'hang') {
        reply.hijack();
        this.witness.answered(request, 0, true);
        return false;
      }
    }
    return true;
  }

  /** The payload that is sent now, or `GONE` when nothing more is sent. */
  private async happenAfter(
    faults: Faults,
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<unknown> {
    let body = payload;
    for (const fault of faults) {
      if (fault.kind === 'latency') await this.wait(fault);
      if (fault.kind === 'error') {
        body = replace(reply, errorAnswer(fault, request.id));
      }
      if (fault.kind === 'content-type') {
        body = fault.body ?? body;
        const type = fault.contentType ?? 'text/html; charset=utf-8';
        reply.removeHeader('content-length').header('content-type', type);
      }
    }
    for (const fault of faults) {
      if (fault.kind === 'reset') {
        this.reset(request, reply);
        return GONE;
      }
      if (fault.kind === 'hang' && fault.when === 'after') {
        reply.hijack();
        this.witness.answered(request, 0, true);
        return GONE;
      }
      const bytes = bytesOf(body);
      if (!bytes) continue;
      if (fault.kind === 'hang') {
        this.sendHalf(bytes, request, reply);
        return GONE;
      }
      if (fault.kind === 'truncate') {
        if (fault.framing === 'adapted') {
          reply.removeHeader('content-length');
          return half(bytes);
        }
        this.sendHalf(bytes, request, reply, () => request.raw.socket.end());
        return GONE;
      }
    }
    return body;
  }

  /** Announces everything and sends half of it. */
  private sendHalf(
    bytes: Buffer,
    request: FastifyRequest,
    reply: FastifyReply,
    then?: () => void,
  ): void {
    reply.hijack();
    this.witness.answered(request, reply.statusCode, true);
    reply.raw.writeHead(reply.statusCode, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-length': bytes.length,
    });
    reply.raw.write(half(bytes), then);
  }

  private reset(request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    this.witness.answered(request, 0);
    request.raw.socket.resetAndDestroy();
  }

  private wait({ delay: ms, jitter: spread = 0 }: Latency): Promise<void> {
    const extra = spread > 0 ? jitter(1, 1, this.book.random) - 1 : 0;
    return delay(this.clock, Math.max(0, ms + spread * extra));
  }
}

type IdentityOf = (request: FastifyRequest) => string | undefined;

/** Nothing more is sent by the framework. */
const GONE = Symbol('gone');

function isAfter(fault: EmulatorFault): boolean {
  switch (fault.kind) {
    case 'truncate':
    case 'content-type':
      return true;
    case 'rate-limit':
      return false;
    default:
      return (fault.when ?? 'before') !== 'before';
  }
}

function replace(reply: FastifyReply, answer: FaultAnswer): string {
  void reply
    .status(answer.status)
    .removeHeader('content-length')
    .removeHeader('etag')
    .headers(answer.headers);
  return answer.body;
}

function send(reply: FastifyReply, answer: FaultAnswer): void {
  void reply.status(answer.status).headers(answer.headers).send(answer.body);
}

function bytesOf(payload: unknown): Buffer | undefined {
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : undefined;
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length >> 1);
}
