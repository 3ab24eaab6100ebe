import type { EmulatorSeedMembership } from './seed-permissions.js';
import type { Identity } from './state/models.js';
import type { Store } from './state/store.js';

/** The projects somebody is a member of. */
export function exportMemberships(
  store: Store,
  { roles }: Identity,
): EmulatorSeedMembership[] {
  return [...roles].flatMap(([id, role]): EmulatorSeedMembership[] => {
    const slug = store.projects.get(id)?.slug;
    if (slug === undefined) return [];
    if (typeof role === 'string') return [{ slug, role }];
    const permissions = structuredClone(role.ownRules);
    return [
      {
        slug,
        role: role.slug,
        permissions: permissions as EmulatorSeedMembership['permissions'],
      },
    ];
  });
}

/** A copy that lacks a key. */
export function without<T extends object, K extends keyof T>(
  value: T,
  key: K,
): Omit<T, K> {
  const { [key]: _left, ...rest } = value;
  return structuredClone(rest);
}
