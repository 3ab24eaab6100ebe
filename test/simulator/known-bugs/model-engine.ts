import { delay } from '../../../lib/common/clock.js';
import type { Engine, EngineParts } from '../engine.js';

/** What the server answered. */
export interface Reply {
  readonly status: number;
  readonly data: Record<string, unknown>;
}

export interface ModelToken {
  readonly text: string;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  readonly renewAt: number;
}

/** Milliseconds. */
const TIMEOUT = 10_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const REFUSED_WAIT = 300_000;

/**
 * A plain engine of the kind that the anchors have: one loop keeps the token,
 * another one the secrets. It does right what its heirs do wrong, each one
 * thing.
 */
export class ModelEngine implements Engine {
  protected token: ModelToken | undefined;
  protected values: Map<string, string> | undefined;
  tokenError: Error | undefined;
  protected trouble: Error | undefined;
  #confirmedAt = -Infinity;
  #failures = 0;
  #wake: () => void = () => undefined;
  readonly #lifetime = new AbortController();

  constructor(protected readonly parts: EngineParts) {}

  get hasToken(): boolean {
    return this.token !== undefined && this.now < this.token.expiresAt;
  }

  isFresh(): boolean {
    return this.values !== undefined && this.trouble === undefined;
  }

  age(): number {
    return this.now - this.#confirmedAt;
  }

  refreshError(): Error | undefined {
    return this.trouble;
  }

  async start(): Promise<void> {
    void this.keepSecrets();
    await this.untilStopped(() => this.keepToken());
  }

  read(): ReadonlyMap<string, string> | undefined {
    return this.values;
  }

  async call(): Promise<void> {
    await this.ask('/api/v1/identities/details');
  }

  stop(): Promise<void> {
    this.#lifetime.abort(new Error('stopped'));
    return Promise.resolve();
  }

  /** What comes after a renewal that failed: another try, or a login when the end is near. */
  protected async afterFailedRenewal(token: ModelToken): Promise<void> {
    const wait = this.nextWait();
    if (this.now + wait < token.expiresAt) await this.sleep(wait);
    else this.token = undefined;
  }

  /** How long to wait after a login that failed. */
  protected waitAfterLogin(isRefused: boolean): number {
    return isRefused ? REFUSED_WAIT : this.nextWait();
  }

  /** The token of a renewal; undefined where it does not live longer. */
  protected renewed(
    reply: Reply,
    before: ModelToken,
    sentAt: number,
  ): ModelToken | undefined {
    const token = tokenOf(reply, sentAt);
    return expiryOf(token.text) > expiryOf(before.text) ? token : undefined;
  }

  /** The secrets after a refresh that failed. */
  protected afterFailedRefresh(): void {
    // They stay.
  }

  /** The token to send, if there is one. */
  protected get usable(): ModelToken | undefined {
    return this.hasToken ? this.token : undefined;
  }

  protected get now(): number {
    return this.parts.clock.monotonic();
  }

  /** Exponential, capped, with jitter. */
  protected nextWait(): number {
    const bound = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    return bound * (0.5 + this.parts.random() / 2);
  }

  protected sleep(ms: number): Promise<void> {
    return delay(
      this.parts.clock,
      Math.min(ms, 2 ** 30),
      this.#lifetime.signal,
    );
  }

  protected async renew(token: ModelToken): Promise<void> {
    const sentAt = this.now;
    try {
      const body = { accessToken: token.text };
      const reply = await this.send('/api/v1/auth/token/renew', body);
      this.token = this.renewed(reply, token, sentAt);
      this.succeeded();
    } catch (error) {
      this.tokenError = error as Error;
      await this.afterFailedRenewal(token);
    }
  }

  private async keepToken(): Promise<void> {
    const { token } = this;
    if (!token) return this.login();
    const wait = token.renewAt - this.now;
    if (wait > 0) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([this.sleep(wait), woken]);
      return;
    }
    await this.renew(token);
  }

  private async login(): Promise<void> {
    const sentAt = this.now;
    let isRefused = false;
    try {
      const { clientId, clientSecret } = this.parts;
      const body = { clientId, clientSecret: clientSecret() };
      const path = '/api/v1/auth/universal-auth/login';
      const reply = await this.send(path, body, (status) => {
        isRefused = status === 401;
      });
      this.token = tokenOf(reply, sentAt);
      this.succeeded();
    } catch (error) {
      this.tokenError = error as Error;
      await this.sleep(this.waitAfterLogin(isRefused));
    }
  }

  private succeeded(): void {
    this.#failures = 0;
    this.tokenError = undefined;
  }

  private async keepSecrets(): Promise<void> {
    const { refreshInterval } = this.parts;
    await this.untilStopped(async () => {
      await this.refresh();
      const wait = this.isFresh() ? refreshInterval : refreshInterval / 10;
      await this.sleep(this.hasToken ? wait : Math.min(wait, 1_000));
    });
  }

  async refresh(): Promise<void> {
    if (!this.usable) return;
    try {
      const { data } = await this.ask(
        '/api/v3/secrets/raw?environment=dev&secretPath=/',
      );
      const secrets = data.secrets as Record<string, string>[];
      this.values = new Map(
        secrets.map(({ secretKey = '', secretValue = '' }) => [
          secretKey,
          secretValue,
        ]),
      );
      this.trouble = undefined;
      this.#confirmedAt = this.now;
    } catch (error) {
      this.trouble = error as Error;
      this.afterFailedRefresh();
    }
  }

  /** A request with the token. */
  private async ask(target: string): Promise<Reply> {
    const token = this.usable;
    if (!token) throw this.tokenError ?? new Error('no token');
    return this.send(
      target,
      undefined,
      (status, data) => {
        const isRejected =
          status === 401 || (status === 403 && data.error === 'TokenError');
        if (!isRejected || this.token !== token) return;
        this.token = undefined;
        this.#wake();
      },
      token.text,
    );
  }

  private async send(
    target: string,
    body?: object,
    onRefusal?: (status: number, data: Reply['data']) => void,
    bearer?: string,
  ): Promise<Reply> {
    const { transport, clock } = this.parts;
    const controller = new AbortController();
    const timer = clock.setTimeout(
      () => controller.abort(new Error('timeout')),
      TIMEOUT,
    );
    try {
      const { status, body: bytes } = await transport.send({
        method: body ? 'POST' : 'GET',
        target,
        headers: bearer ? { authorization: `Bearer ${bearer}` } : {},
        body: body && JSON.stringify(body),
        signal: controller.signal,
      });
      const data = JSON.parse(bytes.toString()) as Reply['data'];
      if (status === 200) return { status, data };
      onRefusal?.(status, data);
      throw new Error(`${status} ${String(data.error)}`);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  private async untilStopped(work: () => Promise<void>): Promise<void> {
    while (!this.#lifetime.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!this.#lifetime.signal.aborted) throw error;
      }
    }
  }
}

/** A token that a server has just given. */
export function tokenOf({ data }: Reply, sentAt: number): ModelToken {
  const text = String(data.accessToken);
  const { exp, iat } = claimsOf(text);
  const life = exp === undefined ? Infinity : (exp - (iat ?? 0) - 1) * 1000;
  return {
    text,
    expiresAt: sentAt + life,
    renewAt: sentAt + Math.min(life, 2 ** 42) * 0.66,
  };
}

/** Seconds of the server's calendar. */
function expiryOf(text: string): number {
  return claimsOf(text).exp ?? Infinity;
}

function claimsOf(text: string): { exp?: number; iat?: number } {
  const payload = Buffer.from(text.split('.')[1] ?? '', 'base64url');
  return JSON.parse(payload.toString()) as { exp?: number; iat?: number };
}
