import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import { dynamicSchemas } from './dynamic-schemas.js';
import { DynamicSecretService } from './dynamic-secret-service.js';
import { LeaseService } from './lease-service.js';

const BASE = '/api/v1/dynamic-secrets';

/** Dynamic secrets and their leases. */
export function dynamicRoutes(router: Router, context: EmulatorContext): void {
  const { store, access, leaseStore, background } = context;
  const schemas = dynamicSchemas(context);
  const secrets = new DynamicSecretService(
    store,
    access,
    leaseStore,
    background,
  );
  const leases = new LeaseService(store, access, leaseStore);

  router.identity('GET', BASE, {
    query: schemas.place,
    handler: ({ caller, query }) => ({
      dynamicSecrets: secrets.list(caller, query),
    }),
  });
  router.identity('POST', BASE, {
    body: schemas.create,
    handler: async ({ caller, body }) => ({
      dynamicSecret: await background.track(secrets.create(caller, body)),
    }),
  });
  router.identity('GET', `${BASE}/:name`, {
    params: schemas.name,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      dynamicSecret: secrets.get(caller, params.name, query),
    }),
  });
  router.identity('DELETE', `${BASE}/:name`, {
    params: schemas.lowerName,
    body: schemas.delete,
    handler: ({ caller, params, body }) => ({
      dynamicSecret: secrets.delete(caller, params.name, body),
    }),
  });
  router.identity('GET', `${BASE}/:name/leases`, {
    params: schemas.name,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      leases: secrets.leasesOf(caller, params.name, query),
    }),
  });

  router.identity('POST', `${BASE}/leases`, {
    body: schemas.createLease,
    handler: ({ caller, body }) =>
      background.track(leases.create(caller, body)),
  });
  router.identity('GET', `${BASE}/leases/:leaseId`, {
    params: schemas.leaseId,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      lease: leases.get(caller, params.leaseId, query),
    }),
  });
  router.identity('POST', `${BASE}/leases/:leaseId/renew`, {
    params: schemas.leaseId,
    body: schemas.renewLease,
    handler: async ({ caller, params, body }) => ({
      lease: await background.track(leases.renew(caller, params.leaseId, body)),
    }),
  });
  router.identity('DELETE', `${BASE}/leases/:leaseId`, {
    params: schemas.leaseId,
    body: schemas.delete,
    handler: async ({ caller, params, body }) => ({
      lease: await background.track(
        leases.revoke(caller, params.leaseId, body),
      ),
    }),
  });
}
