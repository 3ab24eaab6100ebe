import type { PermissionRule } from './permission-rules.js';

export type BuiltInRole = 'admin' | 'viewer' | 'no-access';

/** The rules of a member that are not those of a built-in role. */
export interface CustomRole {
  /** The name the role has in the project. */
  readonly slug: string;
  readonly rules: readonly PermissionRule[];
  /** Rules of this member alone, beyond those of the role. */
  readonly ownRules: readonly PermissionRule[];
}

/** What an identity is in a project. */
export type Role = BuiltInRole | CustomRole;

/** What a viewer may do; an administrator may do everything. */
const VIEWER_ACTIONS = [
  'read',
  'describeSecret',
  'readValue',
  'read-root-credential',
  'subscribe-on-created',
  'subscribe-on-updated',
  'subscribe-on-deleted',
  'subscribe-on-import-mutations',
];

export const BUILT_IN_ROLES: Record<BuiltInRole, readonly PermissionRule[]> = {
  admin: [{ action: 'manage', subject: 'all' }],
  viewer: [{ action: VIEWER_ACTIONS, subject: 'all' }],
  'no-access': [],
};

export function rulesOf(role: Role): readonly PermissionRule[] {
  return typeof role === 'string'
    ? BUILT_IN_ROLES[role]
    : [...role.rules, ...role.ownRules];
}

export function isBuiltIn(slug: string): slug is BuiltInRole {
  return Object.hasOwn(BUILT_IN_ROLES, slug);
}
