import { createHmac } from 'node:crypto';
import type { Clock, TimerHandle } from '../../../common/clock.js';
import { matchesGlob } from '../access/glob.js';
import type { Background } from '../background.js';
import type { Change } from '../state/changes.js';
import { bodyOf, modifiedPayload, type WebhookPayload } from './payloads.js';
import { isLoopback, post } from './post.js';
import type { Webhook, WebhookStore } from './webhook-store.js';

/** Writes of one folder within this time make one call, in ms. */
const BATCH_DELAY = 1000;
const TIMEOUT = 15_000;

interface Job {
  readonly change: Change;
  readonly timer: TimerHandle;
}

/** Delivers webhooks over HTTP (contract: secrets §9.1, §9.2). */
export class WebhookSender {
  private readonly jobs = new Map<string, Job>();
  private readonly underway = new Set<AbortController>();

  constructor(
    private readonly webhooks: WebhookStore,
    private readonly clock: Clock,
    private readonly background: Background,
    private readonly isExternalAllowed: boolean,
  ) {}

  /** One job for each environment, project and path. */
  queue(change: Change): void {
    const { project, environment, path } = change;
    const key = [environment, project.id, path].join('\n');
    if (this.jobs.has(key) || this.webhooks.all().length === 0) return;
    const timer = this.clock.setTimeout(
      () => {
        this.jobs.delete(key);
        this.deliver(change);
      },
      BATCH_DELAY,
      { background: true },
    );
    this.jobs.set(key, { change, timer });
  }

  /** Sends one webhook and notes how it went; never fails itself. */
  async send(webhook: Webhook, payload: WebhookPayload): Promise<void> {
    const error = await this.attempt(webhook, payload);
    webhook.lastStatus = error === null ? 'success' : 'failed';
    webhook.lastRunErrorMessage = error;
  }

  /** Drops what waits and ends what is underway. */
  stop(): void {
    for (const { timer } of this.jobs.values()) this.clock.clearTimeout(timer);
    this.jobs.clear();
    for (const controller of this.underway) controller.abort();
  }

  /** A failed delivery is not tried again. */
  private deliver({ project, environment: slug, path, actor }: Change): void {
    const environment = project.environment(slug);
    if (!environment) return;
    const payload = modifiedPayload(environment, path, actor);
    for (const webhook of this.webhooks.all()) {
      const { isDisabled, eventsFilter, secretPath } = webhook;
      const wants =
        eventsFilter.length === 0 ||
        eventsFilter.some(({ eventName }) => eventName === payload.event);
      if (
        !isDisabled &&
        wants &&
        webhook.environment === environment &&
        matchesGlob(path, secretPath)
      ) {
        this.background.run(() => this.send(webhook, payload));
      }
    }
  }

  /** What went wrong; null when nothing did. */
  private async attempt(
    webhook: Webhook,
    payload: WebhookPayload,
  ): Promise<string | null> {
    const url = new URL(webhook.url);
    if (!this.isExternalAllowed && !isLoopback(url)) {
      return 'The emulator delivers webhooks to loopback addresses only';
    }
    const controller = new AbortController();
    this.underway.add(controller);
    const timer = this.clock.setTimeout(() => controller.abort(), TIMEOUT, {
      background: true,
    });
    try {
      const timestamp = this.clock.now();
      const body = bodyOf(webhook, payload, timestamp);
      const headers = signature(webhook.secretKey, body, timestamp);
      const { signal } = controller;
      const status = await post({ url, body, headers, signal });
      const isDone = status >= 200 && status < 300;
      return isDone ? null : `Request failed with status code ${status}`;
    } catch (error) {
      return controller.signal.aborted
        ? `timeout of ${TIMEOUT}ms exceeded`
        : (error as Error).message;
    } finally {
      this.clock.clearTimeout(timer);
      this.underway.delete(controller);
    }
  }
}

/** A keyed hash of the body text as it is sent; the time is part of it. */
function signature(
  key: string | undefined,
  body: string,
  timestamp: number,
): Record<string, string> {
  if (!key) return {};
  const hash = createHmac('sha256', key).update(body).digest('hex');
  return { 'x-infisical-signature': `t=${timestamp};${hash}` };
}
