import type { Attributes, Counter, Histogram, Span } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type {
  CallObserver,
  CallProgress,
  ObservedCall,
} from '../http/call-observer.js';
import { errorText, errorType } from './error-type.js';
import type { Telemetry } from './telemetry-options.js';

/** Seconds; those that the semantic conventions advise for HTTP. */
const BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** How a call has gone so far. */
interface Course {
  status?: number;
  resends: number;
}

/**
 * A span and a duration for each call with all its tries.
 *
 * The duration is not `http.client.request.duration`: that is of one request,
 * and an app that instruments undici has it already.
 */
export class CallTelemetry implements CallObserver {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #duration: Histogram;
  readonly #retries: Counter;
  readonly #heldUp: Counter;

  constructor(telemetry: Telemetry, clock: Clock) {
    const { meter } = telemetry;
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#duration = meter.createHistogram(
      'infisical.client.operation.duration',
      {
        description: 'Duration of calls of the Infisical API, with all tries.',
        unit: 's',
        advice: { explicitBucketBoundaries: BUCKETS },
      },
    );
    this.#retries = meter.createCounter('infisical.client.retries', {
      description: 'Requests that were sent again.',
      unit: '{retry}',
    });
    this.#heldUp = meter.createCounter('infisical.client.rate_limit.waits', {
      description: 'Calls that waited for the limit of the server.',
      unit: '{call}',
    });
  }

  async observe<T>(
    call: ObservedCall,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T> {
    const { api, tracer, common } = this.#telemetry;
    const { context, trace, SpanKind } = api;
    const attributes = { ...attributesOf(call), ...common };
    const span = tracer.startSpan(`infisical ${call.operation}`, {
      kind: SpanKind.CLIENT,
      attributes: { ...attributes, ...routeOf(call) },
    });
    const course: Course = { resends: 0 };
    const startedAt = this.#clock.monotonic();
    let failure: Attributes = {};
    try {
      return await context.with(trace.setSpan(context.active(), span), () =>
        work(this.progress(call, span, course)),
      );
    } catch (error) {
      failure = { 'error.type': errorType(error) };
      span.setStatus({
        code: api.SpanStatusCode.ERROR,
        message: errorText(error),
      });
      throw error;
    } finally {
      const outcome = { ...failure, ...statusOf(course) };
      span.setAttributes(outcome);
      if (course.resends > 0) {
        span.setAttribute('http.request.resend_count', course.resends);
      }
      span.end();
      this.#duration.record((this.#clock.monotonic() - startedAt) / 1000, {
        ...attributes,
        ...outcome,
      });
    }
  }

  private progress(
    { operation }: ObservedCall,
    span: Span,
    course: Course,
  ): CallProgress {
    return {
      answered: (status) => {
        course.status = status;
      },
      heldUp: ({ retryAfterMs = 0 }) => {
        const seconds = retryAfterMs / 1000;
        span.addEvent('infisical.rate_limit', { 'infisical.wait': seconds });
        this.#heldUp.add(1, {
          'infisical.operation': operation,
          ...this.#telemetry.common,
        });
      },
      retrying: (error) => {
        const reason = { 'error.type': errorType(error) };
        course.resends += 1;
        course.status = undefined;
        span.addEvent('infisical.retry', {
          ...reason,
          'http.request.resend_count': course.resends,
        });
        this.#retries.add(1, {
          'infisical.operation': operation,
          ...reason,
          ...this.#telemetry.common,
        });
      },
    };
  }
}

function attributesOf({ operation, method, site }: ObservedCall): Attributes {
  return {
    'infisical.operation': operation,
    'http.request.method': method,
    'server.address': site.hostname.replace(/^\[|\]$/g, ''),
    'server.port': Number(site.port) || (site.protocol === 'https:' ? 443 : 80),
  };
}

function routeOf({ route }: ObservedCall): Attributes {
  return route === undefined ? {} : { 'url.template': route };
}

function statusOf({ status }: Course): Attributes {
  return status === undefined ? {} : { 'http.response.status_code': status };
}
