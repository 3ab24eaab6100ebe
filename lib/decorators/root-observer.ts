import type { InfisicalClient } from '../client/infisical-client.js';
import { rootToken } from '../common/root-name.js';
import type { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import type { ScopeStore } from '../secrets/scope-store.js';

/** What there is to watch in a root. */
export interface WatchedRoot {
  readonly client: InfisicalClient;
  readonly store: ScopeStore;
  readonly leases: DynamicLeaseService;
}

/** Watches a root. A bridge provides it, in a global module. */
export interface RootObserver {
  /** Called before the root sends anything. Returns how to end, which is called after its last call. */
  watch(root: WatchedRoot): () => void;
}

/** Token of a root's observer, which need not be there. */
export function rootObserverToken(root: string | undefined): string {
  return rootToken('INFISICAL_OBSERVER', root);
}
