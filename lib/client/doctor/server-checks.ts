import type { Clock } from '../../common/clock.js';
import { apiPath } from '../../http/api-path.js';
import { InfisicalHttpError } from '../../http/errors.js';
import type { ApiAnswer, CallLimits } from '../../http/api-call.js';
import type { HttpClient } from '../../http/http-client.js';
import { isLoopback } from '../../http/site-url.js';
import { span } from './checkup.js';
import type { Finding } from './doctor-report.js';

/** Life of a certificate, in milliseconds, below which it is warned of: renewals by ACME are weeks before. */
const SHORT_CERTIFICATE_LIFE = 14 * 86_400_000;

/**
 * Difference of the clocks, in milliseconds, above which it is warned of, next
 * to what the measurement leaves open. Signed logins and JWTs are refused from
 * some seconds to some minutes on.
 */
const MAX_SKEW = 5_000;

/** A `Date` header has whole seconds. */
const HEADER_RESOLUTION = 1_000;

/** Whether the address is one that a server is found at. */
export function checkSiteUrl(site: URL): Finding {
  const detail = site.href.replace(/\/$/, '');
  if (site.protocol === 'http:' && !isLoopback(site)) {
    return {
      status: 'warning',
      detail: `${detail}, plain HTTP`,
      hint: 'Credentials and secrets cross the network in clear text: use https:// outside of a trusted network.',
    };
  }
  if (site.pathname !== '/') {
    return {
      status: 'warning',
      detail: `${detail}, with a path`,
      hint: `"${site.pathname}" is put in front of every request: right only where a reverse proxy has Infisical there. The address of a page is not the server's.`,
    };
  }
  return { status: 'ok', detail };
}

/** `/api/status`, which needs no login (contract: auth §5), or what was answered in its place. */
export class ServerStatus {
  readonly #http: HttpClient;
  #sentAt = 0;
  #receivedAt = 0;
  #answer: ApiAnswer | InfisicalHttpError | undefined;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Asks. Any answer will do. */
  async connect(limits: CallLimits): Promise<Finding> {
    const { clock } = this.#http;
    this.#sentAt = clock.now();
    try {
      this.#answer = await this.#http.withDeadline(limits, (signal) =>
        this.#http.call(
          { ...limits, method: 'GET', path: apiPath`/api/status` },
          signal,
        ),
      );
    } catch (error) {
      if (!(error instanceof InfisicalHttpError)) throw error;
      this.#answer = error;
    }
    this.#receivedAt = clock.now();
    return this.route(clock);
  }

  /** Whether it is Infisical that answered. */
  server(): Finding {
    if (this.#answer instanceof Error) throw this.#answer;
    return this.bodyDate === undefined
      ? {
          status: 'warning',
          detail: '/api/status answers, but without its date',
          hint: 'Check that siteUrl is the address of an Infisical server, and what stands in front of it.',
        }
      : { status: 'ok', detail: '/api/status answers' };
  }

  /** How far this machine's clock is from the server's. */
  clock(): Finding {
    const inBody = this.bodyDate;
    const inHeader =
      this.#answer instanceof Error ? undefined : this.#answer?.date;
    const server = inBody ?? Date.parse(inHeader ?? '');
    if (Number.isNaN(server)) {
      return { status: 'skipped', detail: 'the server does not tell its time' };
    }
    const middle = (this.#sentAt + this.#receivedAt) / 2;
    const ahead = middle - server;
    const unsure =
      (this.#receivedAt - this.#sentAt) / 2 +
      (inBody === undefined ? HEADER_RESOLUTION : 0);
    const distance = Math.abs(ahead);
    if (distance <= MAX_SKEW + unsure) {
      const bound = Math.ceil((distance + unsure) / 1000);
      return {
        status: 'ok',
        detail: `within ${bound} s of the server's`,
      };
    }
    return {
      status: 'warning',
      detail: `this machine is ${span(distance)} ${ahead > 0 ? 'ahead of' : 'behind'} the server`,
      hint: 'Set the clock (NTP) of the one that is wrong: logins that are signed or carry a time are refused, and certificates look expired.',
    };
  }

  private get bodyDate(): number | undefined {
    if (this.#answer instanceof Error) return undefined;
    const { date } = (this.#answer?.data ?? {}) as { date?: unknown };
    const time = typeof date === 'string' ? Date.parse(date) : NaN;
    return Number.isNaN(time) ? undefined : time;
  }

  private route(clock: Clock): Finding {
    const { route, site } = this.#http;
    if (!route || route.isHandedIn) {
      const what = route ? 'dispatcher' : 'transport';
      return {
        status: 'ok',
        detail: `through the ${what} that was handed in`,
      };
    }
    const { proxy, tls } = route;
    const parts = [proxy === undefined ? 'direct' : `by the proxy ${proxy}`];
    if (!tls) {
      if (site.protocol === 'http:') parts.push('no TLS');
      return { status: 'ok', detail: parts.join(', ') };
    }
    const left = tls.validTo - clock.now();
    const end = new Date(tls.validTo).toISOString().slice(0, 10);
    parts.push(tls.protocol, `certificate until ${end} (${span(left)} left)`);
    const detail = parts.join(', ');
    if (left > SHORT_CERTIFICATE_LIFE) return { status: 'ok', detail };
    return {
      status: 'warning',
      detail,
      hint: 'Renew the certificate of the server: with an expired one nothing is sent any more.',
    };
  }
}
