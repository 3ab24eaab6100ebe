import { PassThrough } from 'node:stream';
import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { ApiError, badRequest } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import type { Project } from '../state/models.js';
import { EventStream, type Registration } from './event-stream.js';

const SUBJECT = 'secret-events';
const ACTIONS: Readonly<Record<string, string>> = {
  'secret:create': 'subscribe-on-created',
  'secret:update': 'subscribe-on-updated',
  'secret:delete': 'subscribe-on-deleted',
  'secret:import-mutation': 'subscribe-on-import-mutations',
};
const MAX_STREAMS = 100;

/** The event stream of a project (contract: secrets §10). */
export function eventRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, access, clock, eventStreams, eventSubscriptions } = context;
  const register = z
    .object({
      event: z.enum([
        'secret:create',
        'secret:update',
        'secret:delete',
        'secret:import-mutation',
      ]),
      conditions: z
        .object({
          environmentSlug: z.string(),
          secretPath: z.string().default('/'),
        })
        .optional(),
    })
    .array()
    .min(1)
    .max(10);

  const allow = (caller: Caller, project: Project, one: Registration): void => {
    const { environmentSlug = '', secretPath = '/' } = one.conditions ?? {};
    access.require(caller, project, ACTIONS[one.event] ?? '', SUBJECT, {
      environment: environmentSlug,
      secretPath,
    });
  };

  router.member('POST', '/api/v1/events/subscribe/project-events', {
    body: z.object({ projectId: z.string().trim(), register }),
    handler: ({ caller, body, reply }) => {
      const project = access.projectById(caller, body.projectId);
      const check = (): void => {
        access.requireMember(caller, project);
        for (const one of body.register) allow(caller, project, one);
      };
      check();
      if (!eventSubscriptions) {
        throw badRequest(
          'Event subscriptions are not available on your current plan. Please upgrade to access this feature.',
        );
      }
      if (eventStreams.countOf(project) >= MAX_STREAMS) {
        throw new ApiError(
          429,
          'RateLimitExceeded',
          `Too many concurrent event subscriptions for this project. The limit is ${MAX_STREAMS}.`,
        );
      }
      const frames = new PassThrough();
      const stream = new EventStream({
        project,
        registrations: body.register,
        clock,
        sink: {
          write: (frame) => frames.write(frame),
          end: () => frames.end(),
        },
        isAllowed: () => {
          try {
            check();
            return store.projects.has(project.id);
          } catch {
            return false;
          }
        },
        onClose: (one) => eventStreams.remove(one),
      });
      eventStreams.add(stream);
      frames.once('close', () => stream.close());
      // The headers go out at once, not with the first event.
      reply.raw.once('pipe', () => reply.raw.flushHeaders());
      reply.raw.once('close', () => stream.close());
      return reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-cache')
        .header('connection', 'keep-alive')
        .header('x-accel-buffering', 'no')
        .send(frames);
    },
  });
}
