import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { describeRoot, rootName } from '../common/root-name.js';
import { rootModuleOf } from '../decorators/module-graph.js';
import { getInfisicalToken } from '../decorators/root-tokens.js';
import { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import { TokenService } from '../renewal/token.service.js';
import { ScopeStore } from '../secrets/scope-store.js';

/** The services of a root that know how it is. */
export interface RootServices {
  readonly token: TokenService;
  readonly store: ScopeStore;
  readonly leases: DynamicLeaseService;
}

/**
 * Finds a root among the modules of the app, wherever it is imported and
 * whether it is global or not.
 *
 * @throws InfisicalConfigError when there is no such root, or it has not started
 */
export function servicesOf(
  modules: ModulesContainer,
  root: string | undefined,
): RootServices {
  const name = rootName(root, 'root');
  const module = rootModuleOf(modules, name);
  if (!module) {
    throw new InfisicalConfigError(
      `There is no ${describeRoot(name)} in this app. Import it in the root module, or pass isHealthy the \`root\` that is there.`,
    );
  }
  const get = (token: InjectionToken): unknown =>
    module.providers.get(token)?.instance;
  const services = {
    token: get(getInfisicalToken(name, TokenService)),
    store: get(ScopeStore),
    leases: get(getInfisicalToken(name, DynamicLeaseService)),
  };
  if (!services.token || !services.store || !services.leases) {
    throw new InfisicalConfigError(
      `${describeRoot(name)} has not started yet. Ask again when the app listens.`,
    );
  }
  return services as RootServices;
}
