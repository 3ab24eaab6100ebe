import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import type { DynamicLocator } from './dynamic-locator.js';
import type { DynamicSchemas } from './dynamic-schemas.js';
import { LeaseService } from './lease-service.js';

const BASE = '/api/v1/dynamic-secrets/leases';

/** Leases of dynamic secrets (contract: leases §3.2). */
export function leaseRoutes(
  router: Router,
  context: EmulatorContext,
  locator: DynamicLocator,
  schemas: DynamicSchemas,
): void {
  const { background } = context;
  const leases = new LeaseService(context, locator);

  router.member('POST', BASE, {
    body: schemas.createLease,
    handler: ({ caller, body }) =>
      background.track(leases.create(caller, body)),
  });
  router.member('POST', `${BASE}/kubernetes`, {
    body: schemas.createKubernetesLease,
    handler: ({ caller, body }) =>
      background.track(leases.create(caller, body)),
  });
  router.member('GET', `${BASE}/:leaseId`, {
    params: schemas.leaseId,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      lease: leases.get(caller, params.leaseId, query),
    }),
  });
  router.member('POST', `${BASE}/:leaseId/renew`, {
    params: schemas.leaseId,
    body: schemas.renewLease,
    handler: async ({ caller, params, body }) => ({
      lease: await background.track(leases.renew(caller, params.leaseId, body)),
    }),
  });
  router.member('DELETE', `${BASE}/:leaseId`, {
    params: schemas.leaseId,
    body: schemas.revokeLease,
    handler: async ({ caller, params, body }) => ({
      lease: await background.track(
        leases.revoke(caller, params.leaseId, body),
      ),
    }),
  });
}
