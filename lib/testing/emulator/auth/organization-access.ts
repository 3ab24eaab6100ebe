import { forbidden, notFound, permissionDenied } from '../http/api-error.js';
import type { Identity } from '../state/models.js';
import type { Store } from '../state/store.js';
import type { Caller } from './auth-gate.js';

/** The identity that is to be changed, if the caller administers it. */
export function administered(
  store: Store,
  caller: Caller,
  identityId: string,
  action: string,
): Identity {
  const identity = store.identities.get(identityId);
  if (!identity) {
    throw notFound(`Failed to find identity with ID ${identityId}`);
  }
  if (identity.organization.id !== caller.organization.id) {
    throw forbidden('Sub organization not authorized to access this identity');
  }
  if (caller.identity.organizationRole !== 'admin') {
    throw permissionDenied(action, 'identity');
  }
  return identity;
}
