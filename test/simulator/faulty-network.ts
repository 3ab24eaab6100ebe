import { InfisicalNetworkError } from '../../lib/http/errors.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../lib/http/transport.js';
import { isOpen, isWindow, type Schedule, type Window } from './schedule.js';
import type { Answer, ScriptedServer } from './scripted-server.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimulatedClock } from './simulated-clock.js';
import { isTokenRequest } from './requests.js';
import type { Witness } from './witness.js';

type Fault = Extract<Window, { kind: 'fault' }>;

/** What comes back, and when; no outcome is a request that hangs. */
interface Outcome {
  readonly after: number;
  readonly response?: TransportResponse;
  readonly error?: Error;
  /** What the client learns, for the witness. */
  readonly answer?: Answer;
}

const NO_OUTCOME = new Error('Neither an answer nor a failure.');

/** The way to the scripted server, with the faults of the schedule on it. */
export class FaultyNetwork implements Transport {
  /** Ends of the exchanges under way. */
  readonly #ends = new Set<() => void>();
  #isClosed = false;

  constructor(
    private readonly schedule: Schedule,
    private readonly clock: SimulatedClock,
    private readonly server: ScriptedServer,
    private readonly witness: Witness,
    private readonly random: SeededRandom,
  ) {}

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { signal } = request;
    signal.throwIfAborted();
    if (this.#isClosed) throw closed();
    const over = this.witness.sent(request);
    const {
      after,
      response,
      error = NO_OUTCOME,
      answer,
    } = this.outcomeOf(request);
    return new Promise<TransportResponse>((resolve, reject) => {
      const forget = (): void => {
        if (timer) this.clock.clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#ends.delete(onEnd);
        over();
      };
      const onAbort = (): void => {
        forget();
        reject(signal.reason as Error);
      };
      const onEnd = (): void => {
        forget();
        reject(closed());
      };
      const timer = Number.isFinite(after)
        ? this.clock.setTimeout(() => {
            forget();
            if (answer) {
              this.witness.answered(request, answer);
            }
            if (response) {
              resolve(response);
              return;
            }
            if (error instanceof InfisicalNetworkError && !error.sent) {
              this.witness.unsent(request);
            }
            reject(error);
          }, after)
        : undefined;
      signal.addEventListener('abort', onAbort, { once: true });
      this.#ends.add(onEnd);
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#ends]) end();
    return Promise.resolve();
  }

  private outcomeOf(request: TransportRequest): Outcome {
    const fault = this.faultFor(request);
    const latency =
      this.server.settings.latency * this.random.between(0.5, 1.5);
    const ask = (): Answer => this.server.answer(request);
    switch (fault?.fault) {
      case undefined:
        return answered(ask(), latency);
      case 'slow':
        return answered(ask(), this.random.between(500, 12_000));
      case 'status':
        return answered(gatewayAnswer(fault.status), latency);
      case 'rate-limit':
        return answered(lockTaken(), latency);
      case 'page':
        return { after: latency, response: page(this.random.pick([200, 404])) };
      case 'reset-before':
        return { after: latency, error: reset(false) };
      case 'reset-after':
      case 'truncated':
        // The work is done; the answer is lost, or ends early.
        ask();
        return { after: latency, error: reset(true) };
      case 'hang':
        ask();
        return { after: Infinity };
    }
  }

  private faultFor(request: TransportRequest): Fault | undefined {
    const now = this.clock.monotonic();
    const isAuth = isTokenRequest(request);
    return this.schedule.events.find(
      (event): event is Fault =>
        isWindow(event) &&
        event.kind === 'fault' &&
        isOpen(event, now) &&
        (event.routes === 'all' || (event.routes === 'auth') === isAuth) &&
        this.random.chance(event.share),
    );
  }
}

function answered(answer: Answer, after: number): Outcome {
  const { status, headers, body } = answer;
  const text = body === undefined ? '' : JSON.stringify(body);
  const response = {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(text),
  };
  return { after, response, answer };
}

function gatewayAnswer(status: number): Answer {
  const body = {
    reqId: 'req-simulated',
    statusCode: status,
    error: 'InternalServerError',
    message: 'Something went wrong',
  };
  return { status, headers: {}, body };
}

/** The 429 without headers (contract: auth §2.3). */
function lockTaken(): Answer {
  const body = {
    reqId: 'req-simulated',
    statusCode: 429,
    error: 'RateLimitExceeded',
    message: 'Failed to acquire lock: rate limit exceeded',
  };
  return { status: 429, headers: {}, body };
}

/** What a proxy shows while nothing is behind it. */
function page(status: number): TransportResponse {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: Buffer.from('<h1>Back soon</h1>'),
  };
}

function reset(sent: boolean): Error {
  return new InfisicalNetworkError('The connection was reset.', {
    code: sent ? 'ECONNRESET' : 'ECONNREFUSED',
    sent,
    retryable: true,
  });
}

function closed(): Error {
  return new InfisicalNetworkError('The connection was closed.', {
    code: 'UND_ERR_DESTROYED',
    sent: false,
    retryable: false,
  });
}
