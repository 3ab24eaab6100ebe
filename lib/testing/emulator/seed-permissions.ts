/**
 * What an identity may do in a project. `admin`: everything; `viewer`: reads;
 * `no-access`: a member without any permission; anything else is the slug of a
 * role of the project.
 *
 * @publicApi
 */
export type EmulatorRole = 'admin' | 'viewer' | 'no-access' | (string & {});

/**
 * Conditions of one field; all that are given must hold. `$glob` knows `*`,
 * `**`, `?`, `{a,b}` and `[ab]`.
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
 * @publicApi
 */
export type EmulatorPermissionCondition = string | EmulatorPermissionOperators;

/**
 * One rule of a role. The last rule that fits decides; without one nothing is
 * allowed.
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
 * @publicApi
 */
export interface EmulatorSeedRole {
  slug: string;
  permissions: EmulatorPermission[];
}

/**
 * A project somebody is a member of.
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
