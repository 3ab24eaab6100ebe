import type { Environment } from '../state/models.js';

export interface Webhook {
  readonly id: string;
  readonly environment: Environment;
  /** A glob. */
  readonly secretPath: string;
  readonly type: 'general' | 'slack' | 'microsoft-teams';
  readonly url: string;
  readonly secretKey: string | undefined;
  readonly createdAt: Date;
  updatedAt: Date;
  isDisabled: boolean;
  /** Empty: all events. */
  eventsFilter: { eventName: string }[];
  lastStatus: 'success' | 'failed' | null;
  lastRunErrorMessage: string | null;
}

/** The webhooks of all projects, oldest first. */
export class WebhookStore {
  private readonly webhooks = new Map<string, Webhook>();

  add(webhook: Webhook): void {
    this.webhooks.set(webhook.id, webhook);
  }

  remove({ id }: Webhook): void {
    this.webhooks.delete(id);
  }

  /** Those of environments that are there. */
  all(): Webhook[] {
    return [...this.webhooks.values()].filter(({ environment }) =>
      environment.project.environments.includes(environment),
    );
  }

  byId(id: string): Webhook | undefined {
    return this.all().find((webhook) => webhook.id === id);
  }
}

/** A webhook as it is answered; the secret key never is. */
export function webhookView(webhook: Webhook) {
  const { environment } = webhook;
  return {
    id: webhook.id,
    secretPath: webhook.secretPath,
    lastStatus: webhook.lastStatus,
    lastRunErrorMessage: webhook.lastRunErrorMessage,
    isDisabled: webhook.isDisabled,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
    envId: environment.id,
    type: webhook.type,
    projectId: environment.project.id,
    environment: {
      id: environment.id,
      name: environment.name,
      slug: environment.slug,
    },
    eventsFilter: webhook.eventsFilter,
  };
}
