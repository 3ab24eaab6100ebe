import { randomUUID } from 'node:crypto';
import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { databaseError, notFound } from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import type { Router } from '../http/router.js';
import { testPayload } from './payloads.js';
import { type Webhook, webhookView } from './webhook-store.js';

const SUBJECT = 'webhooks';
const EVENTS = [
  'secrets.modified',
  'secrets.rotation-failed',
  'secrets.reminder-expired',
  'secrets.change-request.modified',
  'secrets.access-request.modified',
  'honey-token.triggered',
  'test',
] as const;

/** Management of webhooks: users only (contract: secrets §9.4). */
export function webhookRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access, webhooks, webhookSender } = context;
  const text = z.string().trim();
  const eventsFilter = z.object({ eventName: z.enum(EVENTS) }).array();
  const params = z.object({ webhookId: text });

  const find = (caller: Caller, id: string, action: string): Webhook => {
    if (!isUuid(id)) throw databaseError();
    const webhook = webhooks.byId(id);
    if (!webhook) throw notFound(`Webhook with ID '${id}' not found`);
    const { project } = webhook.environment;
    access.require(caller, project, action, SUBJECT);
    return webhook;
  };
  const answer = (done: string, webhook: Webhook) => ({
    message: `Successfully ${done} webhook`,
    webhook: webhookView(webhook),
  });

  router.user('POST', '/api/v1/webhooks', {
    body: z.object({
      type: z.enum(['general', 'slack', 'microsoft-teams']).default('general'),
      projectId: text,
      environment: text,
      webhookUrl: text.url(),
      webhookSecretKey: text.optional(),
      secretPath: schemas.secretPath,
      eventsFilter: eventsFilter.optional(),
    }),
    handler: ({ caller, body }) => {
      const project = access.projectById(caller, body.projectId);
      access.require(caller, project, 'create', SUBJECT);
      const environment = project.environment(body.environment);
      if (!environment) {
        throw notFound(
          `Environment with slug '${body.environment}' in project with ID '${project.id}' not found`,
        );
      }
      const now = store.now();
      const webhook: Webhook = {
        id: randomUUID(),
        environment,
        secretPath: body.secretPath,
        type: body.type,
        url: body.webhookUrl,
        secretKey: body.webhookSecretKey,
        createdAt: now,
        updatedAt: now,
        isDisabled: false,
        eventsFilter: body.eventsFilter ?? [],
        lastStatus: null,
        lastRunErrorMessage: null,
      };
      webhooks.add(webhook);
      return answer('created', webhook);
    },
  });
  router.user('GET', '/api/v1/webhooks', {
    query: z.object({
      projectId: text,
      environment: text.optional(),
      secretPath: text.optional(),
    }),
    handler: ({ caller, query }) => {
      const project = access.projectById(caller, query.projectId);
      access.require(caller, project, 'read', SUBJECT);
      const found = webhooks
        .all()
        .filter(
          ({ environment, secretPath }) =>
            environment.project === project &&
            (!query.environment || environment.slug === query.environment) &&
            (!query.secretPath || secretPath === query.secretPath),
        );
      return {
        message: 'Successfully fetched webhooks',
        webhooks: found.map((one) => ({ ...webhookView(one), url: one.url })),
      };
    },
  });
  router.user('PATCH', '/api/v1/webhooks/:webhookId', {
    params,
    body: z
      .object({
        isDisabled: z.boolean().optional(),
        eventsFilter: eventsFilter.optional(),
      })
      .refine((body) => Object.values(body).some((one) => one !== undefined), {
        message: 'At least one field must be provided',
      }),
    handler: ({ caller, params: { webhookId }, body }) => {
      const webhook = find(caller, webhookId, 'edit');
      Object.assign(webhook, body, { updatedAt: store.now() });
      return answer('updated', webhook);
    },
  });
  router.user('DELETE', '/api/v1/webhooks/:webhookId', {
    params,
    handler: ({ caller, params: { webhookId } }) => {
      const webhook = find(caller, webhookId, 'delete');
      webhooks.remove(webhook);
      return answer('deleted', webhook);
    },
  });
  // 200 whether the delivery worked or not.
  router.user('POST', '/api/v1/webhooks/:webhookId/test', {
    params,
    handler: async ({ caller, params: { webhookId } }) => {
      const webhook = find(caller, webhookId, 'read');
      await webhookSender.send(webhook, testPayload(webhook));
      return answer('tested', webhook);
    },
  });
}
