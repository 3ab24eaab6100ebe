import type { FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import type { AuthGate } from './auth-gate.js';
import {
  serviceTokenView,
  type ServiceToken,
  singleScope,
} from './service-tokens.js';

/** Reads of secrets: the scope of a token may stand for the query. */
const SECRET_READ =
  /^\/api\/(?:v4\/secrets|v3\/secrets\/raw)(?:\/:secretName)?$/;

export function serviceTokenRoutes(router: Router, _: EmulatorContext): void {
  router.service('GET', '/api/v2/service-token', {
    handler: ({ caller }) =>
      serviceTokenView(caller.serviceToken as ServiceToken),
  });
}

/**
 * Puts the only scope of a service token in place of what the query says
 * (contract: secrets §2.12). Runs after validation, so that a field that is
 * missing is still a 422.
 */
export function applyServiceTokenScope(
  gate: AuthGate,
  request: FastifyRequest,
): void {
  const token = gate.caller(request)?.serviceToken;
  const route = request.routeOptions.url ?? '';
  if (!token || request.method !== 'GET' || !SECRET_READ.test(route)) return;
  const query = request.query as Record<string, unknown>;
  const isV3 = route.includes('/v3/');
  // The slug of a project is not resolved for a service token.
  if (isV3) delete query.workspaceSlug;
  const scope = singleScope(token);
  if (!scope) return;
  query.environment = scope.environment;
  query.secretPath = scope.secretPath;
  query[isV3 ? 'workspaceId' : 'projectId'] = token.project.id;
}
