import { randomBytes } from 'node:crypto';
import type { EmulatorContext } from '../context.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { environmentView, projectView } from './project-views.js';

const DEFAULT_ENVIRONMENTS = [
  ['dev', 'Development'],
  ['staging', 'Staging'],
  ['prod', 'Production'],
] as const;

/** Projects and their environments (contract: secrets §7, §8). */
export function projectRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access } = context;
  const projectId = z.object({ projectId: z.string().trim() });

  router.identity('GET', '/api/v1/projects', {
    query: z.object({ type: z.string().optional() }),
    handler: ({ caller, query }) => ({
      projects: [...store.projects.values()]
        .filter(({ id }) => caller.identity.roles.has(id))
        .filter(({ type }) => !query.type || query.type === type)
        .map(projectView),
    }),
  });
  router.identity('POST', '/api/v1/projects', {
    body: z.object({
      projectName: z.string().trim().min(1),
      projectDescription: z.string().trim().optional(),
      slug: schemas.slug(5, 36).optional(),
      kmsKeyId: z.string().optional(),
      template: schemas.slug().optional().default('default'),
      type: z.string().optional().default('secret-manager'),
      shouldCreateDefaultEnvs: z.boolean().optional().default(true),
      hasDeleteProtection: z.boolean().optional().default(false),
    }),
    handler: ({ caller, body }) => {
      const slug = body.slug ?? generatedSlug(body.projectName);
      if (store.projectBySlug(slug)) throw databaseError();
      const project = store.addProject({
        slug,
        name: body.projectName,
        description: body.projectDescription,
        type: body.type,
        hasDeleteProtection: body.hasDeleteProtection,
      });
      if (body.shouldCreateDefaultEnvs) {
        for (const [envSlug, name] of DEFAULT_ENVIRONMENTS) {
          project.addEnvironment(envSlug, name, store.now());
        }
      }
      caller.identity.roles.set(project.id, 'admin');
      return { project: projectView(project) };
    },
  });
  router.identity('GET', '/api/v1/projects/:projectId', {
    params: projectId,
    handler: ({ caller, params }) => ({
      project: projectView(access.projectById(caller, params.projectId)),
    }),
  });
  // Not in an envelope.
  router.identity('GET', '/api/v1/projects/slug/:slug', {
    params: z.object({ slug: schemas.slug() }),
    handler: ({ caller, params }) =>
      projectView(access.projectBySlug(caller, params.slug)),
  });

  router.identity('POST', '/api/v1/projects/:projectId/environments', {
    params: projectId,
    body: z.object({
      name: z.string().trim().min(1).max(255),
      slug: schemas.slug(),
      position: z.number().min(1).optional(),
    }),
    handler: ({ caller, params, body }) => {
      const project = access.projectById(caller, params.projectId);
      access.require(caller, project, 'create', 'environments');
      if (project.environment(body.slug)) {
        throw badRequest(
          'Environment with slug already exist',
          'CreateEnvironment',
        );
      }
      const environment = project.addEnvironment(
        body.slug,
        body.name,
        store.now(),
      );
      if (body.position) moveTo(project.environments, body.position);
      return {
        message: 'Successfully created new environment',
        projectId: project.id,
        environment: environmentView(environment),
      };
    },
  });
  router.identity('GET', '/api/v1/projects/:projectId/environments/:envId', {
    params: projectId.extend({ envId: z.string().trim() }),
    handler: ({ caller, params }) => {
      const project = access.projectById(caller, params.projectId);
      access.require(caller, project, 'read', 'environments');
      const environment = project.environments.find(
        ({ id }) => id === params.envId,
      );
      if (environment) return { environment: environmentView(environment) };
      throw notFound(
        `Environment with id '${params.envId}' in project with ID '${project.id}' not found`,
      );
    },
  });
}

function generatedSlug(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return [...words, randomBytes(2).toString('hex')].join('-');
}

/** Puts the last environment at a position, counted from 1. */
function moveTo(environments: { position: number }[], position: number): void {
  const last = environments.pop();
  if (last) environments.splice(position - 1, 0, last);
  environments.forEach((environment, index) => {
    environment.position = index + 1;
  });
}
