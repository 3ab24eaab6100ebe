import { randomBytes, randomUUID } from 'node:crypto';
import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, databaseError, forbidden } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { environmentRoutes } from './environment-routes.js';
import { projectView } from './project-views.js';

const SUBJECT = 'workspace';
const DEFAULT_ENVIRONMENTS = [
  ['dev', 'Development'],
  ['staging', 'Staging'],
  ['prod', 'Production'],
] as const;

/** Projects and their environments (contract: secrets §7, §8). */
export function projectRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access } = context;
  const projectId = z.object({ projectId: z.string().trim() });
  const bySlug = z.object({ slug: schemas.slug() });
  const listQuery = z.object({
    includeRoles: schemas.booleanText('false'),
    type: z.string().optional(),
  });
  const createBody = z.object({
    projectName: z.string().trim().min(1),
    projectDescription: z.string().trim().optional(),
    slug: schemas.slug(5, 36).optional(),
    kmsKeyId: z.string().optional(),
    template: schemas.slug().optional().default('default'),
    type: z.string().optional().default('secret-manager'),
    shouldCreateDefaultEnvs: z.boolean().optional().default(true),
    hasDeleteProtection: z.boolean().optional().default(false),
  });
  type CreateBody = ReturnType<typeof createBody.parse>;
  const updateBody = z.object({
    name: z.string().trim().max(64).optional(),
    description: z.string().trim().max(256).nullable().optional(),
    slug: z
      .string()
      .trim()
      .max(64)
      .regex(/^[a-z0-9]+(?:[_-][a-z0-9]+)*$/, {
        message:
          'Project slug can only contain lowercase letters and numbers, with optional single hyphens (-) or underscores (_) between words. Cannot start or end with a hyphen or underscore.',
      })
      .optional(),
    hasDeleteProtection: z.boolean().optional(),
  });

  const list = (caller: Caller, type?: string) =>
    [...store.projects.values()]
      .filter(({ organization }) => organization === caller.organization)
      .filter(({ id }) => caller.identity.roles.has(id))
      .filter((project) => !type || project.type === type)
      .map(projectView);
  const create = (caller: Caller, body: CreateBody) => {
    const slug = body.slug ?? generatedSlug(body.projectName);
    if (store.projectBySlug(slug)) throw databaseError();
    const project = store.addProject(
      {
        slug,
        name: body.projectName,
        description: body.projectDescription,
        type: body.type,
        hasDeleteProtection: body.hasDeleteProtection,
      },
      caller.organization,
    );
    if (body.shouldCreateDefaultEnvs) {
      for (const [envSlug, name] of DEFAULT_ENVIRONMENTS) {
        project.addEnvironment(envSlug, name, store.now());
      }
    }
    caller.identity.roles.set(project.id, 'admin');
    return { project: projectView(project) };
  };
  const get = (caller: Caller, id: string) =>
    projectView(access.projectById(caller, id));

  router.member('GET', '/api/v1/projects', {
    query: listQuery,
    handler: ({ caller, query }) => ({ projects: list(caller, query.type) }),
  });
  router.member('GET', '/api/v1/workspace', {
    query: listQuery,
    handler: ({ caller, query }) => ({ workspaces: list(caller, query.type) }),
  });
  for (const url of ['/api/v1/projects', '/api/v2/workspace']) {
    router.member('POST', url, {
      body: createBody,
      handler: ({ caller, body }) => create(caller, body),
    });
  }
  router.any('GET', '/api/v1/projects/:projectId', {
    params: projectId,
    handler: ({ caller, params }) => ({
      project: get(caller, params.projectId),
    }),
  });
  router.any('GET', '/api/v1/workspace/:projectId', {
    params: projectId,
    handler: ({ caller, params }) => ({
      workspace: get(caller, params.projectId),
    }),
  });
  // Not in an envelope.
  for (const base of ['/api/v1/projects/slug', '/api/v2/workspace']) {
    router.member('GET', `${base}/:slug`, {
      params: bySlug,
      handler: ({ caller, params }) =>
        projectView(access.projectBySlug(caller, params.slug)),
    });
  }
  router.member('PATCH', '/api/v1/projects/:projectId', {
    params: projectId,
    body: updateBody,
    handler: ({ caller, params, body }) => {
      const project = access.projectById(caller, params.projectId);
      access.require(caller, project, 'edit', SUBJECT);
      const { slug = project.slug, ...rest } = body;
      if (slug !== project.slug && store.projectBySlug(slug)) {
        throw badRequest(
          `Failed to update project slug. The project "${slug}" already exists.`,
        );
      }
      Object.assign(project, { ...rest, slug, updatedAt: store.now() });
      store.changes.touch();
      return { project: projectView(project) };
    },
  });
  router.member('DELETE', '/api/v1/projects/:projectId', {
    params: projectId,
    handler: ({ caller, params }) => {
      const project = access.projectById(caller, params.projectId);
      access.require(caller, project, 'delete', SUBJECT);
      if (project.hasDeleteProtection) {
        throw forbidden('Project delete protection is enabled');
      }
      store.projects.delete(project.id);
      for (const { roles } of [
        ...store.identities.values(),
        ...store.users.values(),
      ]) {
        roles.delete(project.id);
      }
      store.changes.touch();
      return { project: projectView(project) };
    },
  });
  router.member('POST', '/api/v2/workspace/:projectId/memberships', {
    params: projectId,
    body: z.object({
      emails: z.string().email().array().default([]),
      usernames: z.string().array().default([]),
      roleSlugs: z.string().array().min(1).optional(),
    }),
    handler: ({ caller, params, body }) => {
      const project = access.projectById(caller, params.projectId);
      access.require(caller, project, 'create', 'member');
      const now = store.now().toISOString();
      const invited = new Set([...body.emails, ...body.usernames]);
      const memberships = [...invited].flatMap((email) => {
        const user = store.userByEmail(email);
        // Whoever is a member already is passed over.
        if (!user || user.roles.has(project.id)) return [];
        const isAdmin = body.roleSlugs?.includes('admin');
        user.roles.set(project.id, isAdmin ? 'admin' : 'viewer');
        return [
          {
            id: randomUUID(),
            userId: user.id,
            projectId: project.id,
            createdAt: now,
            updatedAt: now,
          },
        ];
      });
      return { memberships };
    },
  });
  environmentRoutes(router, context);
}

function generatedSlug(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return [...words, randomBytes(2).toString('hex')].join('-');
}
