import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import type { Secret, Tag } from '../state/models.js';
import type { SecretLocator } from './secret-locator.js';
import type { SecretMutations } from './secret-mutations.js';
import { pathOf, rawView, tagRef, tagsOf, targetOf } from './secret-views.js';
import { ownerOf, secretAt } from './secret-writer.js';

/** Puts tags on a secret and takes them off (contract: secrets §2.2). */
export function secretTagRoutes(
  router: Router,
  { z, schemas, access }: EmulatorContext,
  locator: SecretLocator,
  mutations: SecretMutations,
): void {
  const params = z.object({ secretName: z.string().trim() });
  const body = z.object({
    projectSlug: z.string().trim(),
    environment: z.string().trim(),
    secretPath: schemas.secretPath,
    type: z.enum(['shared', 'personal']).default('shared'),
    tagSlugs: z.string().array().min(1),
  });
  type Body = ReturnType<typeof body.parse>;

  const find = (caller: Caller, secretName: string, request: Body) => {
    const project = locator.project(caller, request);
    const { environment, secretPath } = request;
    const folder = locator.folder(project, environment, secretPath, 'NotFound');
    const owner = ownerOf(caller, request.type, 'create');
    const secret = secretAt(folder, secretName, owner);
    access.require(
      caller,
      project,
      'edit',
      'secrets',
      secret ? targetOf(secret) : { environment, secretPath, secretName },
    );
    if (!secret) throw notFound('Secret not found');
    const tags = project.tags.filter(({ slug }) =>
      request.tagSlugs.includes(slug),
    );
    if (tags.length !== new Set(request.tagSlugs).size) {
      throw notFound('One or more tags not found');
    }
    return { secret, tags, own: tagsOf(secret) };
  };
  const answer = (caller: Caller, secret: Secret, tags: readonly Tag[]) => {
    mutations.retag(secret, tags);
    if (secret.owner === undefined) {
      mutations.tell('update', secret.folder, [secret.current.key], caller);
    }
    return {
      secret: {
        ...rawView(secret, secret.current.value),
        ...pathOf(secret.folder),
        tags: tagsOf(secret).map(tagRef),
      },
    };
  };

  const url = '/api/v3/secrets/tags/:secretName';
  router.member('POST', url, {
    params,
    body,
    handler: ({ caller, params: { secretName }, body: request }) => {
      const { secret, tags, own } = find(caller, secretName, request);
      if (tags.some((tag) => own.includes(tag))) {
        throw badRequest('One or more tags already exist on the secret');
      }
      return answer(caller, secret, [...own, ...tags]);
    },
  });
  router.identity('DELETE', url, {
    params,
    body,
    handler: ({ caller, params: { secretName }, body: request }) => {
      const { secret, tags, own } = find(caller, secretName, request);
      if (tags.some((tag) => !own.includes(tag))) {
        throw badRequest('One or more tags are not on the secret');
      }
      return answer(
        caller,
        secret,
        own.filter((tag) => !tags.includes(tag)),
      );
    },
  });
}
