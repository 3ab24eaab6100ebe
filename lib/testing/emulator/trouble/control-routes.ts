import type { EmulatorContext } from '../context.js';
import { badRequest } from '../http/api-error.js';
import type { RequestLog } from '../http/request-log.js';
import type { Router } from '../http/router.js';
import type { TroubleDesk } from './trouble-desk.js';
import { troubleSchemas } from './trouble-schema.js';
import type { EmulatorActiveTrouble } from './trouble-types.js';

const BASE = '/__emulator';
const DONE = { ok: true };

/** What the routes steer. */
export interface Controls {
  readonly desk: TroubleDesk;
  readonly log: RequestLog;
  readonly exportState: () => object;
}

/** Trouble, the log and the state over HTTP, for tests in any language. */
export function controlRoutes(
  router: Router,
  { z, leaseStore, userTokens }: EmulatorContext,
  { desk, log, exportState }: Controls,
): void {
  const schemas = troubleSchemas(z);

  router.open('GET', `${BASE}/troubles`, {
    handler: () => ({ troubles: desk.active.map(view) }),
  });
  router.open('POST', `${BASE}/troubles`, {
    body: schemas.rule,
    handler: ({ body }) => view(desk.add(body)),
  });
  router.open('DELETE', `${BASE}/troubles`, {
    handler: () => {
      desk.clear();
      return DONE;
    },
  });
  router.open('DELETE', `${BASE}/troubles/:id`, {
    params: z.object({ id: z.string() }),
    handler: ({ params }) => {
      const trouble = desk.active.find(({ id }) => id === params.id);
      if (!trouble) throw badRequest(`No trouble "${params.id}"`);
      trouble.end();
      return DONE;
    },
  });
  router.open('POST', `${BASE}/outage`, {
    body: schemas.outage,
    handler: ({ body }) => view(desk.outage(body ?? {})),
  });
  router.open('POST', `${BASE}/clock`, {
    body: schemas.offset,
    handler: ({ body }) => {
      desk.setClockOffset(body.ms);
      return DONE;
    },
  });
  router.open('POST', `${BASE}/tokens/expire`, {
    body: schemas.identity,
    handler: ({ body }) => {
      desk.expireTokens(body?.identityId);
      return DONE;
    },
  });
  router.open('POST', `${BASE}/tokens/revoke`, {
    body: schemas.identity,
    handler: ({ body }) => {
      desk.revokeTokens(body?.identityId);
      return DONE;
    },
  });
  router.open('POST', `${BASE}/secrets/rotate`, {
    body: schemas.rotation,
    handler: ({ body: { value, ...place } }) => ({
      value: orBadRequest(() => desk.rotateSecret(place, value)),
    }),
  });
  router.open('POST', `${BASE}/providers/fail`, {
    body: schemas.failure,
    handler: ({ body }) => {
      desk.failProvider(body ?? {});
      return DONE;
    },
  });
  router.open('POST', `${BASE}/leases/max-ttl`, {
    body: schemas.leaseMaxTtl,
    handler: ({ body }) => {
      orBadRequest(() =>
        desk.lowerLeaseMaxTtl(body.maxTTL, body.dynamicSecretName),
      );
      return DONE;
    },
  });
  router.open('POST', `${BASE}/tokens/max-ttl`, {
    body: schemas.tokenMaxTtl,
    handler: ({ body }) => {
      desk.lowerTokenMaxTtl(body.seconds, body.identityId);
      return DONE;
    },
  });
  router.open('GET', `${BASE}/requests`, {
    handler: () => ({ requests: log.all() }),
  });
  router.open('DELETE', `${BASE}/requests`, {
    handler: () => {
      log.clear();
      return DONE;
    },
  });
  const filter = z.object({
    method: z.string().optional(),
    route: z.string().optional(),
    path: z.string().optional(),
    status: z.coerce.number().optional(),
    identityId: z.string().optional(),
  });
  router.open('GET', `${BASE}/requests/count`, {
    query: filter,
    handler: ({ query }) => ({
      count: log.count(query),
      peakConcurrency: log.peakConcurrency(query),
    }),
  });
  router.open('GET', `${BASE}/state`, { handler: () => exportState() });
  router.open('GET', `${BASE}/leases`, {
    handler: () => ({ leases: leaseStore.all() }),
  });
  router.open('POST', `${BASE}/users/token`, {
    body: z.object({ email: z.string() }).strict(),
    handler: ({ body }) => ({
      token: orBadRequest(() => userTokens.mint(body.email)),
    }),
  });
}

function view({ id, rule, hits }: EmulatorActiveTrouble) {
  return { id, rule, hits };
}

/** What was asked for and cannot be done is the caller's fault. */
function orBadRequest<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}
