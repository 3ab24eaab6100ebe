import type { Actor } from '../state/changes.js';
import type { Environment } from '../state/models.js';
import type { Webhook } from './webhook-store.js';

export interface WebhookPayload {
  readonly event: string;
  readonly project: Readonly<Record<string, unknown>>;
}

/** The keys in the order in which they are sent (contract: secrets §9.3). */
export function modifiedPayload(
  environment: Environment,
  secretPath: string,
  actor: Actor | undefined,
): WebhookPayload {
  return {
    event: 'secrets.modified',
    project: {
      ...place(environment, secretPath),
      changedBy: actor?.name,
      changedByActorType: actor?.type,
    },
  };
}

export function testPayload({ environment, secretPath }: Webhook) {
  const project = place(environment, secretPath);
  return { event: 'test', project: { ...project, secretPath } };
}

function place({ project, slug, name }: Environment, secretPath: string) {
  return {
    workspaceId: project.id,
    projectId: project.id,
    projectName: project.name,
    environment: slug,
    environmentName: name,
    secretPath,
  };
}

/** The body as it is sent; the time of sending is its last key. */
export function bodyOf(
  { type }: Webhook,
  payload: WebhookPayload,
  timestamp: number,
): string {
  if (type === 'general') return JSON.stringify({ ...payload, timestamp });
  const { projectName, environment, secretPath } = payload.project;
  const what =
    payload.event === 'test'
      ? 'This is a test.'
      : 'A secret value has been added or modified.';
  const where = [projectName, environment, secretPath].join(' ');
  return JSON.stringify({ text: `${what} ${where}` });
}
