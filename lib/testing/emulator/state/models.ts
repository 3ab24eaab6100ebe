import { randomUUID } from 'node:crypto';
import type { PermissionRule } from '../access/permission-rules.js';
import type { Role } from '../access/roles.js';
import type { DynamicSecret } from '../dynamic/models.js';
import type { AuthMethods } from './auth-models.js';

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** Of a sub-organization: the organization above. */
  readonly root?: Organization;
}

export interface SecretMetadata {
  key: string;
  value: string;
  isEncrypted: boolean;
}

/** A tag of a project's secrets. */
export interface Tag {
  readonly id: string;
  slug: string;
  color: string;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly createdBy: string;
  readonly createdByActorType: string;
}

/** What changes from one version of a secret to the next. */
export interface SecretContent {
  key: string;
  value: string;
  comment: string;
  skipMultilineEncoding: boolean | null;
  metadata: SecretMetadata[];
  tags: readonly Tag[];
  reminderNote: string | null;
  reminderRepeatDays: number | null;
}

export interface SecretVersion extends SecretContent {
  readonly version: number;
  readonly updatedAt: Date;
}

export class Secret {
  readonly id = randomUUID();
  readonly createdAt: Date;
  readonly versions: SecretVersion[];

  constructor(
    readonly folder: Folder,
    content: SecretContent,
    now: Date,
    /** The user whose personal secret it is; undefined when it is shared. */
    readonly owner?: string,
  ) {
    this.createdAt = now;
    this.versions = [{ ...content, version: 1, updatedAt: now }];
  }

  get current(): SecretVersion {
    return this.versions[this.versions.length - 1] as SecretVersion;
  }

  change(content: Partial<SecretContent>, now: Date): void {
    this.versions.push({
      ...this.current,
      ...content,
      version: this.current.version + 1,
      updatedAt: now,
    });
  }
}

export interface SecretImport {
  readonly id: string;
  readonly folder: Folder;
  environment: Environment;
  path: string;
  readonly isReplication: boolean;
  readonly createdAt: Date;
  updatedAt: Date;
}

export class Folder {
  readonly id = randomUUID();
  readonly children = new Map<string, Folder>();
  readonly secrets = new Map<string, Secret>();
  /** Personal secrets of all users. */
  readonly overrides: Secret[] = [];
  readonly dynamicSecrets = new Map<string, DynamicSecret>();
  readonly imports: SecretImport[] = [];
  readonly createdAt: Date;
  updatedAt: Date;
  version = 1;
  description: string | null = null;
  lastSecretModified: Date | null = null;

  constructor(
    readonly environment: Environment,
    readonly parent: Folder | undefined,
    public name: string,
    now: Date,
  ) {
    this.createdAt = now;
    this.updatedAt = now;
  }

  /** The full path, `/` for the root. */
  get path(): string {
    if (!this.parent) return '/';
    const above = this.parent.path;
    return above === '/' ? `/${this.name}` : `${above}/${this.name}`;
  }

  override(owner: string, key: string): Secret | undefined {
    return this.overrides.find(
      (one) => one.owner === owner && one.current.key === key,
    );
  }

  /** This folder and everything below, parents first. */
  *tree(): Generator<Folder> {
    yield this;
    for (const child of this.children.values()) yield* child.tree();
  }

  ensureChild(name: string, now: Date): Folder {
    const existing = this.children.get(name);
    if (existing) return existing;
    const child = new Folder(this.environment, this, name, now);
    this.children.set(name, child);
    return child;
  }
}

export class Environment {
  readonly id = randomUUID();
  readonly root: Folder;
  readonly createdAt: Date;
  updatedAt: Date;

  constructor(
    readonly project: Project,
    public slug: string,
    public name: string,
    public position: number,
    now: Date,
  ) {
    this.createdAt = now;
    this.updatedAt = now;
    this.root = new Folder(this, undefined, 'root', now);
  }

  /**
   * The folder at a path, which must start with a slash and name each folder
   * exactly (contract: secrets §2.9).
   */
  folder(path: string): Folder | undefined {
    if (path === '/') return this.root;
    if (!path.startsWith('/')) return undefined;
    let folder: Folder | undefined = this.root;
    for (const name of path.slice(1).split('/')) {
      folder = folder.children.get(name);
      if (!folder) return undefined;
    }
    return folder;
  }

  ensureFolder(path: string, now: Date): Folder {
    return path
      .split('/')
      .filter(Boolean)
      .reduce((folder, name) => folder.ensureChild(name, now), this.root);
  }
}

export interface ApprovalPolicy {
  readonly id: string;
  readonly environment: string;
  /** A glob. */
  readonly secretPath: string;
}

export interface SharedFolder {
  readonly environment: string;
  readonly path: string;
  /** Slug of the project that may refer to it. */
  readonly with: string;
}

export interface ProjectInit {
  readonly id?: string;
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  readonly type?: string;
  readonly hasDeleteProtection?: boolean;
}

export class Project {
  readonly id: string;
  slug: string;
  name: string;
  description: string | null;
  readonly type: string;
  hasDeleteProtection: boolean;
  enforcesEncryptedMetadata = false;
  /** Folders whose secrets users may change by approval only. */
  readonly approvalPolicies: ApprovalPolicy[] = [];
  /** Folders that other projects may refer to. */
  readonly sharedFolders: SharedFolder[] = [];
  readonly environments: Environment[] = [];
  readonly tags: Tag[] = [];
  /** Rules of the project's own roles, by slug. */
  readonly roles = new Map<string, readonly PermissionRule[]>();
  readonly createdAt: Date;
  updatedAt: Date;

  constructor(
    init: ProjectInit,
    readonly organization: Organization,
    now: Date,
  ) {
    this.id = init.id ?? randomUUID();
    this.slug = init.slug;
    this.name = init.name;
    this.description = init.description ?? null;
    this.type = init.type ?? 'secret-manager';
    this.hasDeleteProtection = init.hasDeleteProtection ?? false;
    this.createdAt = now;
    this.updatedAt = now;
  }

  environment(slug: string): Environment | undefined {
    return this.environments.find((environment) => environment.slug === slug);
  }

  addEnvironment(slug: string, name: string, now: Date): Environment {
    const position = this.environments.length + 1;
    const environment = new Environment(this, slug, name, position, now);
    this.environments.push(environment);
    return environment;
  }

  *folders(): Generator<Folder> {
    for (const environment of this.environments) yield* environment.root.tree();
  }
}

export interface Identity extends AuthMethods {
  readonly id: string;
  readonly name: string;
  /** The organization it lives in: the root or a sub-organization. */
  readonly organization: Organization;
  /** Ids of the sub-organizations it may enter from the root. */
  readonly subOrganizations: ReadonlySet<string>;
  /** Whether the organization has it as a member. */
  membership: 'active' | 'inactive' | 'none';
  /** Administrators may change identities and mint tokens. */
  readonly organizationRole: 'admin' | 'member';
  /** Role by project id. */
  readonly roles: Map<string, Role>;
}
