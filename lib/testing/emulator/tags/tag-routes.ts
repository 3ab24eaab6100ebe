import { randomUUID } from 'node:crypto';
import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import type { Router } from '../http/router.js';
import type { Project, Tag } from '../state/models.js';

const SUBJECT = 'tags';

/** Tags of a project's secrets (contract: secrets §6). */
export function tagRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access } = context;
  const params = z.object({ projectId: z.string().trim() });
  const idParams = params.extend({ tagId: z.string().trim() });
  const body = z.object({ slug: schemas.slug(), color: z.string().trim() });

  const projectOf = (caller: Caller, id: string, action: string): Project => {
    const project = access.projectById(caller, id);
    access.require(caller, project, action, SUBJECT);
    return project;
  };
  const assertFree = ({ tags }: Project, slug: string, self?: Tag): void => {
    if (tags.some((tag) => tag.slug === slug && tag !== self)) {
      throw badRequest('Tag already exist');
    }
  };
  const byId = (project: Project, id: string): Tag | undefined => {
    if (!isUuid(id)) throw databaseError();
    return project.tags.find((tag) => tag.id === id);
  };
  /** To change what is not there is a bad request. */
  const changeable = (project: Project, id: string): Tag => {
    const tag = byId(project, id);
    if (!tag) throw badRequest("Tag doesn't exist");
    return tag;
  };
  const view = (tag: Tag, project: Project) => ({
    ...tag,
    createdAt: tag.createdAt.toISOString(),
    updatedAt: tag.updatedAt.toISOString(),
    projectId: project.id,
  });
  /** Single reads tell a name as well: the slug. */
  const named = (tag: Tag | undefined, project: Project) => {
    if (!tag) throw notFound("Tag doesn't exist");
    return { tag: { ...view(tag, project), name: tag.slug } };
  };

  for (const base of ['/api/v1/projects', '/api/v1/workspace']) {
    const url = `${base}/:projectId/tags`;
    router.member('GET', url, {
      params,
      handler: ({ caller, params: { projectId } }) => {
        const project = projectOf(caller, projectId, 'read');
        return { tags: project.tags.map((tag) => view(tag, project)) };
      },
    });
    router.member('GET', `${url}/:tagId`, {
      params: idParams,
      handler: ({ caller, params: { projectId, tagId } }) => {
        const project = projectOf(caller, projectId, 'read');
        return named(byId(project, tagId), project);
      },
    });
    router.member('GET', `${url}/slug/:tagSlug`, {
      params: params.extend({ tagSlug: z.string().trim() }),
      handler: ({ caller, params: { projectId, tagSlug } }) => {
        const project = projectOf(caller, projectId, 'read');
        const found = project.tags.find(({ slug }) => slug === tagSlug);
        return named(found, project);
      },
    });
    router.member('POST', url, {
      params,
      body,
      handler: ({ caller, params: { projectId }, body: { slug, color } }) => {
        const project = projectOf(caller, projectId, 'create');
        assertFree(project, slug);
        const now = store.now();
        const tag: Tag = {
          id: randomUUID(),
          slug,
          color,
          createdAt: now,
          updatedAt: now,
          createdBy: caller.identity.id,
          createdByActorType: caller.user ? 'user' : 'identity',
        };
        project.tags.push(tag);
        return { tag: view(tag, project) };
      },
    });
    router.member('PATCH', `${url}/:tagId`, {
      params: idParams,
      body,
      handler: ({ caller, params: { projectId, tagId }, body: change }) => {
        const project = projectOf(caller, projectId, 'edit');
        const tag = changeable(project, tagId);
        assertFree(project, change.slug, tag);
        Object.assign(tag, change, { updatedAt: store.now() });
        store.changes.touch();
        return { tag: view(tag, project) };
      },
    });
    router.member('DELETE', `${url}/:tagId`, {
      params: idParams,
      handler: ({ caller, params: { projectId, tagId } }) => {
        const project = projectOf(caller, projectId, 'delete');
        const tag = changeable(project, tagId);
        project.tags.splice(project.tags.indexOf(tag), 1);
        store.changes.touch();
        return { tag: view(tag, project) };
      },
    });
  }
}
