import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import {
  ApiError,
  databaseError,
  forbidden,
  notFound,
} from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import type { Folder, Secret, SecretVersion } from '../state/models.js';
import type { Store } from '../state/store.js';
import {
  compareText,
  importedSecret,
  importGroups,
} from './import-resolver.js';
import { type MetadataPair, matchesMetadata } from './metadata-filter.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import type { SecretValues, ValueOptions } from './secret-values.js';
import {
  importedView,
  pathOf,
  rawView,
  tagRef,
  tagsOf,
  targetOf,
} from './secret-views.js';

/** A recursive list goes this deep below the environment's root. */
const MAX_FOLDER_DEPTH = 20;

interface ReadOptions extends ValueOptions {
  readonly includeImports: boolean;
}

export interface ListRequest extends ReadOptions, ProjectRef {
  readonly environment: string;
  readonly secretPath: string;
  readonly recursive: boolean;
  readonly tagSlugs: readonly string[];
  readonly metadataFilter: readonly MetadataPair[];
  /** How a user's personal secrets show beside the shared ones. */
  readonly overrides: 'none' | 'beside' | 'instead';
}

export interface GetRequest extends ReadOptions, ProjectRef {
  readonly secretName: string;
  readonly environment: string;
  readonly secretPath: string;
  readonly type: 'shared' | 'personal';
  readonly version?: number;
}

/** Reads of secrets: lists, single secrets, imports and references. */
export class SecretReader {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
    private readonly values: SecretValues,
  ) {}

  list(caller: Caller, request: ListRequest) {
    const { locator, access } = this;
    const { environment, secretPath, recursive, tagSlugs } = request;
    const project = locator.project(caller, request);
    access.require(caller, project, 'describeSecret', 'secrets', {
      environment,
      secretPath,
    });
    const folder = locator.listFolder(
      project,
      environment,
      secretPath,
      recursive,
    );
    const folders = recursive ? foldersBelow(folder) : [folder];
    const hidden = !request.viewSecretValue;
    const readable = this.readableIn(caller, folder, request);
    const { value, finish } = this.valuesOfList(caller, request);
    const secrets = folders
      .flatMap((one) => secretsIn(one, caller, request.overrides))
      .filter(readable)
      .filter(({ current }) =>
        matchesMetadata(current.metadata, request.metadataFilter),
      )
      .filter(
        (secret) =>
          tagSlugs.length === 0 ||
          tagsOf(secret).some(({ slug }) => tagSlugs.includes(slug)),
      )
      .sort((a, b) => compareText(a.id, b.id))
      .map((secret) =>
        Object.assign(rawView(secret, value(secret, secret.folder)), {
          secretPath: secret.folder.path,
          secretValueHidden: hidden && secret.owner === undefined,
          secretMetadata: secret.current.metadata,
          // Of a filtered list only the tags that were asked for.
          tags: tagsOf(secret)
            .filter(
              ({ slug }) => tagSlugs.length === 0 || tagSlugs.includes(slug),
            )
            .map(tagRef),
        }),
      );
    const groups = request.includeImports ? importGroups(folders) : [];
    const imports = groups.map((group) => ({
      secretPath: group.path,
      environment: group.environment.slug,
      ...(group.folder && { folderId: group.folder.id }),
      // What the caller may not read is left out silently.
      secrets: group.secrets
        .filter(readable)
        .map((secret) =>
          importedView(secret, value(secret, group.importer), hidden),
        ),
    }));
    finish();
    return { secrets, imports };
  }

  get(caller: Caller, request: GetRequest) {
    const project = this.locator.project(caller, request);
    const { environment, secretPath, secretName } = request;
    this.access.require(caller, project, 'describeSecret', 'secrets', {
      environment,
      secretPath,
      secretName,
    });
    const folder = this.locator.folder(
      project,
      environment,
      secretPath,
      'GetSecretByName',
    );
    const { secret, version } = this.find(caller, folder, request);
    const isOwn = secret.owner !== undefined;
    if (
      request.viewSecretValue &&
      !isOwn &&
      !this.allows(caller, 'readValue', secret)
    ) {
      throw forbidden(
        `You do not have permission to view secret value on secret with name '${secretName}'`,
        'ForbiddenReadSecretError',
      );
    }
    return {
      secret: {
        ...rawView(
          secret,
          this.values.read(caller, secret, folder, request, version),
          version,
        ),
        ...pathOf(secret.folder),
        secretValueHidden: !request.viewSecretValue && !isOwn,
        tags: tagsOf(secret, version).map(tagRef),
        // The version history has no metadata.
        ...(version === secret.current && {
          secretMetadata: version.metadata,
        }),
      },
    };
  }

  getById(caller: Caller, id: string) {
    const secret = this.byId(id, 'GetSecretById');
    const { project } = secret.folder.environment;
    this.access.requireMember(caller, project);
    if (secret.owner === undefined) {
      const target = targetOf(secret);
      this.access.require(caller, project, 'readValue', 'secrets', target);
    } else if (secret.owner !== caller.user?.id) {
      throw forbidden();
    }
    return {
      secret: {
        ...rawView(secret, secret.current.value),
        ...pathOf(secret.folder),
        tags: tagsOf(secret).map(tagRef),
        secretMetadata: secret.current.metadata,
      },
    };
  }

  /** Newest first. */
  versions(caller: Caller, id: string, offset: number, limit: number) {
    const secret = this.byId(id);
    const { project } = secret.folder.environment;
    const target = targetOf(secret);
    this.access.require(caller, project, 'readValue', 'secrets', target);
    const secretVersions = [...secret.versions]
      .reverse()
      .slice(offset, offset + limit)
      .map((version) => ({
        ...rawView(secret, version.value, version),
        secretValueHidden: false,
      }));
    return { secretVersions };
  }

  private byId(id: string, error?: string): Secret {
    if (!isUuid(id)) throw databaseError();
    const secret = this.store.secretById(id);
    if (secret) return secret;
    throw notFound(`Secret with ID '${id}' not found`, error);
  }

  /**
   * Reads the values of a list. References that may not be read are gathered:
   * `finish` answers all of them as one error (contract: secrets §2.6).
   */
  private valuesOfList(caller: Caller, request: ListRequest) {
    const details: string[] = [];
    const value = (secret: Secret, importer: Folder): string => {
      try {
        return this.values.read(caller, secret, importer, request);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        details.push(error.message);
        return '';
      }
    };
    const finish = (): void => {
      if (details.length === 0) return;
      const message = 'Failed to expand one or more secret references';
      throw new ApiError(403, 'ForbiddenError', message, details);
    };
    return { value, finish };
  }

  /**
   * Which secrets of a list the caller gets. One in the asked folder whose
   * value is wanted and may not be read fails the whole list; elsewhere it is
   * left out (contract: secrets §2.6).
   */
  private readableIn(
    caller: Caller,
    asked: Folder,
    { viewSecretValue }: ListRequest,
  ): (secret: Secret) => boolean {
    const { project } = asked.environment;
    const isFree = ['describeSecret', 'readValue'].every((action) =>
      this.access.allowsAnywhere(caller, project, action, 'secrets'),
    );
    if (isFree) return () => true;
    return (secret) => {
      if (!this.allows(caller, 'describeSecret', secret)) return false;
      if (!viewSecretValue || secret.owner !== undefined) return true;
      if (secret.folder !== asked) {
        return this.allows(caller, 'readValue', secret);
      }
      const target = targetOf(secret);
      this.access.require(caller, project, 'readValue', 'secrets', target);
      return true;
    };
  }

  private allows(caller: Caller, action: string, secret: Secret): boolean {
    const { project } = secret.folder.environment;
    const target = targetOf(secret);
    return this.access.allows(caller, project, action, 'secrets', target);
  }

  private find(
    caller: Caller,
    folder: Folder,
    { secretName, type, version, includeImports }: GetRequest,
  ): { secret: Secret; version: SecretVersion } {
    const own =
      type === 'shared'
        ? folder.secrets.get(secretName)
        : folder.override(caller.user?.id ?? '', secretName);
    const found =
      version === undefined
        ? own?.current
        : own?.versions.find((one) => one.version === version);
    if (own && found) return { secret: own, version: found };
    const imported = includeImports && importedSecret(folder, secretName);
    if (imported) return { secret: imported, version: imported.current };
    throw notFound(`Secret with name '${secretName}' not found`);
  }
}

function foldersBelow(top: Folder): Folder[] {
  return [...top.tree()].filter(
    ({ path }) => path.split('/').filter(Boolean).length <= MAX_FOLDER_DEPTH,
  );
}

/** Only users have personal secrets, and only their own. */
function secretsIn(
  folder: Folder,
  { user }: Caller,
  overrides: ListRequest['overrides'],
): Secret[] {
  const shared = [...folder.secrets.values()];
  if (!user || overrides === 'none' || folder.overrides.length === 0) {
    return shared;
  }
  const own = folder.overrides.filter(({ owner }) => owner === user.id);
  if (overrides === 'beside') return [...shared, ...own];
  const keys = new Set(own.map(({ current }) => current.key));
  return [...shared.filter(({ current }) => !keys.has(current.key)), ...own];
}
