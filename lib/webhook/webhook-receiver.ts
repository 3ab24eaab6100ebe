import {
  BadRequestException,
  InternalServerErrorException,
  Logger,
  type OnApplicationBootstrap,
  UnauthorizedException,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { ChangedFolder } from '../client/project-events.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { describeRoot } from '../common/root-name.js';
import { rootModuleOf } from '../decorators/module-graph.js';
import { PushedRefresh } from '../push/pushed-refresh.js';
import { messages, type RefusedDelivery } from './webhook.messages.js';
import type { ResolvedWebhook } from './webhook-options.js';
import { isSigned, readSignature } from './webhook-signature.js';

/** Time between two log lines about refused deliveries of one kind, in milliseconds. */
const QUIET = 60_000;

/** The event of changed secrets. Others are accepted, and change nothing here (contract: secrets §9.3). */
const MODIFIED = 'secrets.modified';

/**
 * Checks what Infisical's webhooks deliver, and refreshes the scopes that it is
 * about in the background. The route of {@link InfisicalWebhookModule} calls
 * it, or a controller of your own.
 *
 * @example
 * ```ts
 * import type { RawBodyRequest } from '@nestjs/common';
 * import type { IncomingMessage } from 'node:http';
 *
 * class HooksController {
 *   constructor(private readonly receiver: InfisicalWebhookReceiver) {}
 *
 *   infisical(request: RawBodyRequest<IncomingMessage>): void {
 *     const signature = request.headers['x-infisical-signature'];
 *     this.receiver.receive(request.rawBody, signature);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalWebhookReceiver implements OnApplicationBootstrap {
  /** Private: the secret is in there. */
  readonly #options: ResolvedWebhook;
  readonly #modules: ModulesContainer;
  readonly #root: string | undefined;
  readonly #logger = new Logger('InfisicalWebhookModule');
  /** Deliveries that were accepted, and when they were sent. */
  readonly #seen = new Map<string, number>();
  readonly #toldAt = new Map<RefusedDelivery, number>();
  #pushed: PushedRefresh | undefined;
  #isMissingTold = false;

  /** @internal */
  constructor(
    options: ResolvedWebhook,
    modules: ModulesContainer,
    root: string | undefined,
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#root = root;
  }

  /** @internal */
  onApplicationBootstrap(): void {
    this.pushed();
  }

  /**
   * Takes one delivery. It returns before the refresh begins.
   *
   * @param rawBody the bytes of the body as they were sent
   * @param signature the header `x-infisical-signature`
   * @throws UnauthorizedException for a delivery that is not signed with the secret, too old, or came before
   * @throws BadRequestException for one that is signed and cannot be read
   * @throws InternalServerErrorException without a raw body
   */
  receive(
    rawBody: Uint8Array | undefined,
    signature: string | readonly string[] | undefined,
  ): void {
    const header = typeof signature === 'string' ? signature : undefined;
    const mac = readSignature(header);
    if (!mac) throw this.refusal('unsigned');
    if (!(rawBody instanceof Uint8Array)) throw this.missingBody();
    const { secrets, maxAge } = this.#options;
    if (!isSigned(rawBody, mac, secrets)) throw this.refusal('forged');
    const { timestamp, event, project } = readDelivery(rawBody);
    if (timestamp === undefined) throw this.refusal('unreadable');
    const { now } = this.pushed();
    if (Math.abs(now - timestamp) > maxAge) throw this.refusal('too old');
    const id = mac.toString('hex');
    for (const [known, sentAt] of this.#seen) {
      if (now - sentAt > maxAge) this.#seen.delete(known);
    }
    if (this.#seen.has(id)) throw this.refusal('repeated');
    this.#seen.set(id, timestamp);
    if (event !== MODIFIED) return;
    if (!project) throw this.refusal('unreadable');
    void this.pushed().changed(project);
  }

  private pushed(): PushedRefresh {
    this.#pushed ??= rootModuleOf(this.#modules, this.#root)?.providers.get(
      PushedRefresh,
    )?.instance as PushedRefresh | undefined;
    if (!this.#pushed) {
      throw new InfisicalConfigError(
        `InfisicalWebhookModule: there is no ${describeRoot(this.#root)} in this app. Import it in the root module, or pass the \`root\` that is there.`,
      );
    }
    return this.#pushed;
  }

  private refusal(reason: RefusedDelivery): Error {
    const now = this.pushed().clock.monotonic();
    if (now - (this.#toldAt.get(reason) ?? -QUIET) >= QUIET) {
      this.#toldAt.set(reason, now);
      this.#logger.warn(messages.refused(reason));
    }
    return reason === 'unreadable'
      ? new BadRequestException()
      : new UnauthorizedException();
  }

  private missingBody(): Error {
    if (!this.#isMissingTold) this.#logger.error(messages.noRawBody);
    this.#isMissingTold = true;
    return new InternalServerErrorException();
  }
}

/** A delivery, as far as it matters; what cannot be read is absent. */
interface Delivery {
  readonly timestamp?: number;
  readonly event?: unknown;
  readonly project?: ChangedFolder;
}

function readDelivery(body: Uint8Array): Delivery {
  let parsed: Record<string, unknown> | null;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body)) as typeof parsed;
  } catch {
    return {};
  }
  const { timestamp, event, project } = parsed ?? {};
  if (typeof timestamp !== 'number') return {};
  return { timestamp, event, project: readProject(project) };
}

/** Older servers name the project `workspaceId` only (contract: secrets §9.3). */
function readProject(project: unknown): ChangedFolder | undefined {
  const { projectId, workspaceId, environment, secretPath } = (project ??
    {}) as Record<string, unknown>;
  const id = projectId ?? workspaceId;
  return typeof id === 'string' &&
    typeof environment === 'string' &&
    typeof secretPath === 'string'
    ? { projectId: id, environment, path: secretPath }
    : undefined;
}
