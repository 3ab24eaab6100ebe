/**
 * What an identity may do in a project. `admin`: everything; `viewer`: reads;
 * `no-access`: a member without any permission; anything else is the slug of a
 * role of the project.
 *
 * @example
 * ```ts
 * const role: EmulatorRole = 'viewer';
 * const membership: EmulatorSeedMembership = { slug: 'shop', role };
 * ```
 *
 * @publicApi
 */
export type EmulatorRole = 'admin' | 'viewer' | 'no-access' | (string & {});

/**
 * Conditions of one field; all that are given must hold. `$glob` knows `*`,
 * `**`, `?`, `{a,b}` and `[ab]`.
 *
 * @example
 * ```ts
 * const paymentsOnly: EmulatorPermissionOperators = { $glob: '/payments/**' };
 * const permission: EmulatorPermission = {
 *   action: 'readValue',
 *   subject: 'secrets',
 *   conditions: { secretPath: paymentsOnly },
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorPermissionOperators {
  $eq?: string;
  $ne?: string;
  $in?: string[];
  $nin?: string[];
  $all?: string[];
  $glob?: string;
  $elemMatch?: Record<string, EmulatorPermissionCondition>;
}

/**
 * A text is short for `$eq`.
 *
 * @example
 * ```ts
 * const environment: EmulatorPermissionCondition = { $in: ['dev', 'staging'] };
 * const permission: EmulatorPermission = {
 *   action: 'manage',
 *   subject: 'all',
 *   conditions: { environment },
 * };
 * ```
 *
 * @publicApi
 */
export type EmulatorPermissionCondition = string | EmulatorPermissionOperators;

/**
 * One rule of a role. The last rule that fits decides; without one nothing is
 * allowed.
 *
 * @example
 * ```ts
 * const hideLiveKeys: EmulatorPermission = {
 *   action: 'readValue',
 *   subject: 'secrets',
 *   inverted: true,
 *   conditions: { environment: 'prod', secretName: { $glob: 'LIVE_*' } },
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorPermission {
  /** Such as `readValue`; `manage` is every action. */
  action: string | string[];
  /** Such as `secrets` or `dynamic-secrets`; `all` is every subject. */
  subject: string | string[];
  /** The rule forbids. Default false. */
  inverted?: boolean;
  /** Where the rule holds. Default: everywhere in the project. */
  conditions?: {
    environment?: EmulatorPermissionCondition;
    secretPath?: EmulatorPermissionCondition;
    secretName?: EmulatorPermissionCondition;
    secretTags?: EmulatorPermissionCondition;
    /** Of a dynamic secret, such as `{ $elemMatch: { key: 'team' } }`. */
    metadata?: EmulatorPermissionCondition;
  };
}

/**
 * A role that a project has of its own.
 *
 * @example
 * ```ts
 * const reader: EmulatorSeedRole = {
 *   slug: 'reader',
 *   permissions: [
 *     { action: ['describeSecret', 'readValue'], subject: 'secrets' },
 *   ],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedRole {
  slug: string;
  permissions: EmulatorPermission[];
}

/**
 * A project somebody is a member of.
 *
 * @example
 * ```ts
 * const membership: EmulatorSeedMembership = {
 *   slug: 'shop',
 *   role: 'no-access',
 *   permissions: [{ action: 'manage', subject: 'dynamic-secrets' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedMembership {
  /** The slug of the project. */
  slug: string;
  role: EmulatorRole;
  /** Rules of this member alone, looked at after those of the role. */
  permissions?: EmulatorPermission[];
}
