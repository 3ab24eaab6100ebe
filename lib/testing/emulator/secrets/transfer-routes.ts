import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import { badRequest } from '../http/api-error.js';
import type { SecretLocator } from './secret-locator.js';
import type { SecretMutations } from './secret-mutations.js';
import { SecretTransfer } from './secret-transfer.js';

/** Moves and duplicates secrets between folders (contract: secrets §2.13). */
export function transferRoutes(
  router: Router,
  { z, schemas, store, access, secretsApi }: EmulatorContext,
  locator: SecretLocator,
  mutations: SecretMutations,
): void {
  const transfer = new SecretTransfer(store, access, locator, mutations);
  const { secretPath } = schemas;
  const text = z.string().trim();
  const places = {
    sourceEnvironment: text,
    sourceSecretPath: secretPath,
    destinationEnvironment: text,
    destinationSecretPath: secretPath,
    shouldOverwrite: z.boolean().default(false),
  };
  const move = { ...places, secretIds: z.string().array() };

  router.member('POST', '/api/v3/secrets/move', {
    body: z.object({
      projectSlug: text.optional(),
      workspaceId: text.optional(),
      ...move,
    }),
    handler: ({ caller, body: { workspaceId, projectSlug, ...body } }) => {
      if (!workspaceId && !projectSlug) {
        throw badRequest('You must provide projectSlug or workspaceId');
      }
      return transfer.move(caller, {
        ...body,
        projectId: workspaceId || undefined,
        projectSlug: projectSlug || undefined,
      });
    },
  });
  if (secretsApi === 'v3') return;
  router.member('POST', '/api/v4/secrets/move', {
    body: z.object({ projectId: text, ...move }),
    handler: ({ caller, body }) => transfer.move(caller, body),
  });
  // Newest servers only.
  if (secretsApi !== 'v4') return;
  const copied = z.boolean().default(true);
  const attributes = z.object({
    value: copied,
    comment: copied,
    tags: copied,
    metadata: copied,
    skipMultilineEncoding: copied,
  });
  router.member('POST', '/api/v4/secrets/duplicate', {
    body: z.object({
      projectId: text,
      ...places,
      secretIds: z.string().uuid().array().min(1).max(50),
      attributesToCopy: attributes.default({}),
    }),
    handler: ({ caller, body }) => transfer.duplicate(caller, body),
  });
}
