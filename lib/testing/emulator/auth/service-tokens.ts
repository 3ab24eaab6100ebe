import { createHash } from 'node:crypto';
import type { PermissionRule } from '../access/permission-rules.js';
import { forbidden, notFound, unauthorized } from '../http/api-error.js';
import type { Identity, Project } from '../state/models.js';
import type { Store } from '../state/store.js';

export interface ServiceTokenScope {
  readonly environment: string;
  /** May be a glob. */
  readonly secretPath: string;
}

export interface ServiceToken {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly project: Project;
  readonly scopes: readonly ServiceTokenScope[];
  readonly permissions: readonly ('read' | 'write')[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  lastUsedAt: number | undefined;
}

const SUBJECTS = ['secrets', 'secret-imports', 'secret-folders'];
const ACTIONS = {
  read: ['read', 'describeSecret', 'readValue'],
  write: ['create', 'edit', 'delete'],
};

/** The tokens that start with `st.` (contract: auth §3.6). */
export class ServiceTokens {
  private readonly tokens = new Map<string, ServiceToken>();

  constructor(private readonly store: Store) {}

  has(id: string): boolean {
    return this.tokens.has(id);
  }

  all(): ServiceToken[] {
    return [...this.tokens.values()];
  }

  add(token: ServiceToken): void {
    this.tokens.set(token.id, token);
  }

  /** Accepts `st.<id>.<secret>`; a fourth part is not looked at. */
  authorize(text: string): ServiceToken {
    const [, id = '', secret = ''] = text.split('.');
    const token = this.tokens.get(id);
    if (!token) throw notFound(`Service token with ID '${id}' not found`);
    const { project, expiresAt } = token;
    if (!this.store.projects.has(project.id)) {
      throw notFound(`Project with ID '${project.id}' not found`);
    }
    const now = this.store.clock.now();
    if (expiresAt !== undefined && now > expiresAt) {
      this.tokens.delete(id);
      throw forbidden('Service token has expired');
    }
    if (secret !== token.secret) throw unauthorized('Invalid service token');
    token.lastUsedAt = now;
    return token;
  }
}

/** A service token as whoever has a role in a project. */
export function holderOf(token: ServiceToken): Identity {
  const { project } = token;
  const rules = token.permissions.flatMap((permission) =>
    token.scopes.map(({ environment, secretPath }): PermissionRule => ({
      action: ACTIONS[permission],
      subject: SUBJECTS,
      conditions: {
        environment: { $eq: environment },
        secretPath: { $glob: secretPath },
      },
    })),
  );
  return {
    id: token.id,
    name: token.name,
    organization: project.organization,
    subOrganizations: new Set(),
    membership: 'active',
    organizationRole: 'member',
    roles: new Map([[project.id, { slug: 'custom', rules, ownRules: [] }]]),
  };
}

/** The only place a token is for, if its path is not a glob. */
export function singleScope(
  token: ServiceToken,
): ServiceTokenScope | undefined {
  const [scope, ...others] = token.scopes;
  if (!scope || others.length > 0) return undefined;
  return /[*?{}[\]!()]/.test(scope.secretPath) ? undefined : scope;
}

export function serviceTokenView(token: ServiceToken) {
  const { id, project } = token;
  const iso = (time: number | undefined) =>
    time === undefined ? null : new Date(time).toISOString();
  const createdBy = project.organization.id;
  return {
    id,
    _id: id,
    name: token.name,
    scopes: token.scopes.map((scope) => ({ ...scope })),
    permissions: [...token.permissions],
    expiresAt: iso(token.expiresAt),
    lastUsed: iso(token.lastUsedAt),
    projectId: project.id,
    workspace: project.id,
    createdBy,
    encryptedKey: null,
    iv: null,
    tag: null,
    secretHash: createHash('sha256').update(token.secret).digest('hex'),
    createdAt: iso(token.createdAt),
    updatedAt: iso(token.lastUsedAt ?? token.createdAt),
    user: {
      id: createdBy,
      _id: createdBy,
      email: 'owner@emulator.test',
      username: 'owner@emulator.test',
      firstName: 'Emulator',
      lastName: 'Owner',
      createdAt: iso(token.createdAt),
      updatedAt: iso(token.createdAt),
      __v: 0,
    },
    __v: 0,
  };
}
