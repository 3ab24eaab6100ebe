import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import type { Environment } from '../state/models.js';
import { EnvironmentService } from './environment-service.js';
import { environmentView } from './project-views.js';

/** Environments; there is no list of them (contract: secrets §7). */
export function environmentRoutes(
  router: Router,
  context: EmulatorContext,
): void {
  const { z, schemas, access, store } = context;
  const environments = new EnvironmentService(store, access);
  const params = z.object({ projectId: z.string().trim() });
  const idParams = params.extend({ envId: z.string().trim() });
  const position = z.number().min(1).optional();
  const createBody = z.object({
    name: z.string().trim().min(1).max(255),
    slug: schemas.slug(),
    position,
  });
  const updateBody = z.object({
    name: z.string().trim().min(1).max(255).optional(),
    slug: schemas.slug().optional(),
    position,
  });

  const spellings = [
    { base: '/api/v1/projects', key: 'projectId' },
    { base: '/api/v1/workspace', key: 'workspace' },
  ];
  for (const { base, key } of spellings) {
    const url = `${base}/:projectId/environments`;
    const answer = (message: string, environment: Environment) => ({
      message: `Successfully ${message} environment`,
      [key]: environment.project.id,
      environment: environmentView(environment),
    });
    router.member('POST', url, {
      params,
      body: createBody,
      handler: ({ caller, params: { projectId }, body }) =>
        answer('created new', environments.create(caller, projectId, body)),
    });
    router.member('GET', `${url}/:envId`, {
      params: idParams,
      handler: ({ caller, params: { projectId, envId } }) => ({
        environment: environmentView(
          environments.get(caller, projectId, envId),
        ),
      }),
    });
    router.member('PATCH', `${url}/:envId`, {
      params: idParams,
      body: updateBody,
      handler: ({ caller, params: { projectId, envId }, body }) =>
        answer('updated', environments.update(caller, projectId, envId, body)),
    });
    const isCurrent = key === 'projectId';
    router.member('DELETE', `${url}/:envId`, {
      params: idParams,
      query: z.object({ hardDelete: schemas.booleanText('false') }),
      handler: ({ caller, params: { projectId, envId }, query }) => {
        // The deprecated route keeps nothing.
        const isHard = query.hardDelete || !isCurrent;
        return answer(
          'deleted',
          environments.delete(caller, projectId, envId, isHard),
        );
      },
    });
  }

  router.member(
    'POST',
    '/api/v1/projects/:projectId/environments/:envId/restore',
    {
      params: idParams,
      handler: ({ caller, params: { projectId, envId } }) => {
        const environment = environments.restore(caller, projectId, envId);
        return {
          message: 'Successfully restored environment',
          projectId,
          environment: environmentView(environment),
        };
      },
    },
  );
  router.member('GET', '/api/v1/workspace/environments/:envId', {
    params: z.object({ envId: z.string().trim() }),
    handler: ({ caller, params: { envId } }) => ({
      environment: environmentView(environments.find(caller, envId)),
    }),
  });
}
