import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import { DynamicLocator } from './dynamic-locator.js';
import { dynamicSchemas } from './dynamic-schemas.js';
import { DynamicSecretService } from './dynamic-secret-service.js';
import { leaseRoutes } from './lease-routes.js';
import { providerRoutes } from './provider-routes.js';
import { ProviderRegistry } from './providers/provider-registry.js';

export const DYNAMIC_BASE = '/api/v1/dynamic-secrets';

/** Dynamic secrets and their leases. */
export function dynamicRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, access, background } = context;
  const providers = new ProviderRegistry(z, () => store.now());
  const schemas = dynamicSchemas(context, providers);
  const locator = new DynamicLocator(access, context.dynamicSecrets);
  const secrets = new DynamicSecretService(context, locator, providers);

  providerRoutes(router, context, schemas);
  leaseRoutes(router, context, locator, schemas);

  router.member('GET', DYNAMIC_BASE, {
    query: schemas.place,
    handler: ({ caller, query }) => ({
      dynamicSecrets: secrets.list(caller, query),
    }),
  });
  router.member('POST', DYNAMIC_BASE, {
    body: schemas.create,
    handler: async ({ caller, body }) => ({
      dynamicSecret: await background.track(secrets.create(caller, body)),
    }),
  });
  router.member('GET', `${DYNAMIC_BASE}/:name`, {
    params: schemas.name,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      dynamicSecret: secrets.get(caller, params.name, query),
    }),
  });
  router.member('PATCH', `${DYNAMIC_BASE}/:name`, {
    params: schemas.lowerName,
    body: schemas.update,
    handler: async ({ caller, params, body }) => ({
      dynamicSecret: await background.track(
        secrets.update(caller, params.name, body),
      ),
    }),
  });
  router.member('DELETE', `${DYNAMIC_BASE}/:name`, {
    params: schemas.lowerName,
    body: schemas.delete,
    handler: ({ caller, params, body }) => ({
      dynamicSecret: secrets.delete(caller, params.name, body),
    }),
  });
  router.member('GET', `${DYNAMIC_BASE}/:name/leases`, {
    params: schemas.name,
    query: schemas.place,
    handler: ({ caller, params, query }) => ({
      leases: secrets.leasesOf(caller, params.name, query),
    }),
  });
}
