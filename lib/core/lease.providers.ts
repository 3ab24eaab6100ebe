import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { leaseTokensOf } from '../decorators/lease-tokens.js';
import { dependsOn, wrappersOf } from '../decorators/module-graph.js';
import type { LeaseRef } from '../leases/lease-ref.js';
import type { InfisicalLifecycle } from './infisical.lifecycle.js';

/**
 * The providers of leases that classes and factories of this app want. Tokens
 * of other apps in the process, and of classes that nobody uses, take none.
 *
 * @param started token of the root's lifecycle once it has logged in
 */
export function leaseProviders(
  root: string | undefined,
  started: string,
): Provider[] {
  return leaseTokensOf(root).map(({ token, name, options }) => ({
    provide: token,
    useFactory: (
      modules: ModulesContainer,
      lifecycle: InfisicalLifecycle,
    ): Promise<LeaseRef> | undefined => {
      const wanting = wantingOf(modules, token);
      if (wanting.length === 0) return undefined;
      return lifecycle.acquireLease(name, options, wanting);
    },
    inject: [ModulesContainer, started],
  }));
}

/** Names of those who want the token injected. */
function wantingOf(modules: ModulesContainer, token: string): string[] {
  const names = [...modules.values()]
    .flatMap((module) => wrappersOf(module))
    .filter((wrapper) => dependsOn(wrapper, token))
    .map(({ name }) => String(name));
  return [...new Set(names)];
}
