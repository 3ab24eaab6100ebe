import type { ChangedFolder } from '../client/project-events.js';
import { type Clock, delay } from '../common/clock.js';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import {
  InfisicalAuthError,
  InfisicalHttpError,
  InfisicalRateLimitError,
} from '../http/errors.js';
import { isUnavailable } from '../http/unavailable.js';
import { PUSH_POLICY, reconnectDelay } from './push-policy.js';
import { TokenBucket } from '../common/token-bucket.js';
import { type Folders, holdsFolders, joinFolders } from './watched-folders.js';

/** What an {@link EventSubscription} needs, and whom it tells. */
export interface SubscriptionInit {
  /** Opens a stream. */
  readonly open: (
    folders: Folders,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<ChangedFolder>>;
  readonly clock: Clock;
  readonly random: Random;
  /** The server listens; what happened before may have been missed. */
  readonly onOpen: (folders: Folders) => void;
  readonly onChange: (folder: ChangedFolder) => void;
  /** The server refuses these folders, and is not asked for them again. */
  readonly onRefusal: (folders: Folders, error: Error) => void;
  /** Several streams in a row have ended early; it goes on trying. */
  readonly onTrouble: (error: Error) => void;
}

/** A subscription to the changes in one environment, stream after stream. */
export class EventSubscription {
  readonly #bucket: TokenBucket;
  readonly #lifetime = new AbortController();
  /** What is to be watched. */
  #wanted: Folders;
  /** What the server has granted before. */
  #granted: Folders | undefined;
  /** Whether more than that was refused. */
  #isFixed = false;
  /** The stream under way. */
  #stream:
    { readonly folders: Folders; readonly end: AbortController } | undefined;
  #isWidening = false;
  /** Streams in a row that did not live long. */
  #failures = 0;

  constructor(
    folders: Folders,
    private readonly init: SubscriptionInit,
  ) {
    const { burst, refill } = PUSH_POLICY;
    this.#wanted = folders;
    this.#bucket = new TokenBucket(burst, refill, init.clock);
  }

  /** Streams until it is stopped or refused. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#lifetime;
    while (!signal.aborted) {
      const error = await this.stream();
      if (signal.aborted || (error && this.isOver(error))) return;
      try {
        await this.pause(this.waitAfter(error));
      } catch {
        return;
      }
    }
  }

  /** Watches these folders, too. A stream that does not have them is opened anew. */
  watch(more: Folders): void {
    if (this.#isFixed || holdsFolders(this.#wanted, more)) return;
    this.#wanted = joinFolders(this.#wanted, more);
    if (this.#stream && !this.#isWidening) void this.widen();
  }

  /** Harmless when repeated. */
  stop(): void {
    this.#lifetime.abort();
    this.#stream?.end.abort();
  }

  private async widen(): Promise<void> {
    this.#isWidening = true;
    try {
      await this.pause(this.#bucket.wait());
      const { folders, end } = this.#stream ?? {};
      if (folders !== this.#wanted) end?.abort();
    } catch {
      // It was stopped.
    }
    this.#isWidening = false;
  }

  /** One stream, from its opening to its end. Returns why it broke, unless it was ended here or lived long. */
  private async stream(): Promise<Error | undefined> {
    const { open, clock, onOpen, onChange } = this.init;
    const folders = this.#wanted;
    const end = new AbortController();
    this.#stream = { folders, end };
    this.#bucket.take();
    let openedAt: number | undefined;
    let problem: Error = new InfisicalError(
      'The server, or a proxy on the way, ends event streams soon after they are open.',
    );
    try {
      const changes = await open(folders, end.signal);
      openedAt = clock.monotonic();
      this.#granted = folders;
      onOpen(folders);
      for await (const change of changes) onChange(change);
    } catch (error) {
      problem = error as Error;
    }
    this.#stream = undefined;
    if (end.signal.aborted) return undefined;
    const isHealthy =
      openedAt !== undefined &&
      clock.monotonic() - openedAt >= PUSH_POLICY.healthy;
    this.#failures = isHealthy ? 0 : this.#failures + 1;
    return isHealthy ? undefined : problem;
  }

  /** Whether an error ends it all. */
  private isOver(error: Error): boolean {
    if (!isRefusal(error)) {
      if (this.#failures === PUSH_POLICY.patience) this.init.onTrouble(error);
      return false;
    }
    const granted = this.#granted;
    this.init.onRefusal(this.#wanted, error);
    if (!granted || this.#isFixed || granted === this.#wanted) return true;
    // What was allowed before may still be.
    this.#wanted = granted;
    this.#isFixed = true;
    return false;
  }

  private waitAfter(error: Error | undefined): number {
    const { random } = this.init;
    const asked =
      error instanceof InfisicalRateLimitError ? (error.retryAfterMs ?? 0) : 0;
    const wait = reconnectDelay(Math.max(1, this.#failures), random);
    return Math.max(wait, asked, this.#bucket.wait());
  }

  private pause(ms: number): Promise<void> {
    const { signal } = this.#lifetime;
    return delay(this.init.clock, ms, signal, { background: true });
  }
}

/** Whether the server will not grant it, however often it is asked: the plan, a permission, no such route; or it cannot be asked at all. */
function isRefusal(error: Error): boolean {
  if (error instanceof InfisicalConfigError) return true;
  return (
    error instanceof InfisicalHttpError &&
    // Credentials may be replaced.
    !(error instanceof InfisicalAuthError) &&
    !isUnavailable(error)
  );
}
