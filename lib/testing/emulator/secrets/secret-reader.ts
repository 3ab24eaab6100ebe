import { createHash } from 'node:crypto';
import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { databaseError, forbidden, notFound } from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import type { Folder, Secret, SecretVersion } from '../state/models.js';
import type { Store } from '../state/store.js';
import {
  compareText,
  importedSecret,
  importGroups,
} from './import-resolver.js';
import { type MetadataPair, matchesMetadata } from './metadata-filter.js';
import {
  type Found,
  ReferenceExpander,
  type RelativeLookup,
} from './references.js';
import { HIDDEN_VALUE } from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import { importedView, pathOf, rawView, targetOf } from './secret-views.js';

interface ReadOptions {
  readonly viewSecretValue: boolean;
  readonly expandSecretReferences: boolean;
  readonly includeImports: boolean;
  /** v4 looks bare names up in the importing folder and its imports. */
  readonly relativeToImporter: boolean;
}

export interface ListRequest extends ReadOptions, ProjectRef {
  readonly environment: string;
  readonly secretPath: string;
  readonly recursive: boolean;
  readonly tagSlugs: readonly string[];
  readonly metadataFilter: readonly MetadataPair[];
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
  ) {}

  list(caller: Caller, request: ListRequest) {
    const { locator, access } = this;
    const { environment, secretPath, recursive } = request;
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
    const folders = recursive ? [...folder.tree()] : [folder];
    const hidden = !request.viewSecretValue;
    const readable = this.readableIn(caller, folder, request);
    const secrets = folders
      .flatMap((one) => [...one.secrets.values()])
      .filter(readable)
      .filter(({ current }) =>
        matchesMetadata(current.metadata, request.metadataFilter),
      )
      // There are no tags yet, so a filter by tag matches nothing.
      .filter(() => request.tagSlugs.length === 0)
      .sort((a, b) => compareText(a.id, b.id))
      .map((secret) => ({
        ...rawView(secret, this.value(secret, secret.folder, request)),
        ...pathOf(secret.folder),
        secretValueHidden: hidden,
        secretMetadata: secret.current.metadata,
        tags: [],
      }));
    const groups = request.includeImports ? importGroups(folders) : [];
    const imports = groups.map((group) => ({
      secretPath: group.path,
      environment: group.environment.slug,
      ...(group.folder && { folderId: group.folder.id }),
      // What the caller may not read is left out silently.
      secrets: group.secrets
        .filter(readable)
        .map((secret) =>
          importedView(
            secret,
            this.value(secret, group.importer, request),
            hidden,
          ),
        ),
    }));
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
      request.environment,
      request.secretPath,
      'GetSecretByName',
    );
    const { secret, version } = this.find(folder, request);
    if (request.viewSecretValue && !this.allows(caller, 'readValue', secret)) {
      throw forbidden(
        `You do not have permission to view secret value on secret with name '${secretName}'`,
        'ForbiddenReadSecretError',
      );
    }
    return {
      secret: {
        ...rawView(
          secret,
          this.value(secret, folder, request, version),
          version,
        ),
        ...pathOf(secret.folder),
        secretValueHidden: !request.viewSecretValue,
        tags: [],
        // The version history has no metadata.
        ...(version === secret.current && {
          secretMetadata: version.metadata,
        }),
      },
    };
  }

  getById(caller: Caller, id: string) {
    if (!isUuid(id)) throw databaseError();
    const secret = this.store.secretById(id);
    if (!secret) {
      throw notFound(`Secret with ID '${id}' not found`, 'GetSecretById');
    }
    const { project } = secret.folder.environment;
    const target = targetOf(secret);
    this.access.require(caller, project, 'readValue', 'secrets', target);
    return {
      secret: {
        ...rawView(secret, secret.current.value),
        ...pathOf(secret.folder),
        tags: [],
        secretMetadata: secret.current.metadata,
      },
    };
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
    return (secret) => {
      if (!this.allows(caller, 'describeSecret', secret)) return false;
      if (!viewSecretValue) return true;
      if (secret.folder !== asked) {
        return this.allows(caller, 'readValue', secret);
      }
      const { project } = asked.environment;
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
    folder: Folder,
    { secretName, type, version, includeImports }: GetRequest,
  ): { secret: Secret; version: SecretVersion } {
    // Only users have personal secrets.
    const own = type === 'shared' ? folder.secrets.get(secretName) : undefined;
    const found =
      version === undefined
        ? own?.current
        : own?.versions.find((one) => one.version === version);
    if (own && found) return { secret: own, version: found };
    const imported = includeImports && importedSecret(folder, secretName);
    if (imported) return { secret: imported, version: imported.current };
    throw notFound(`Secret with name '${secretName}' not found`);
  }

  /**
   * The value as it is answered. Bare names in it are looked up in the folder
   * that imported it (v4), or in its own.
   */
  private value(
    secret: Secret,
    importer: Folder,
    options: ReadOptions,
    version: SecretVersion = secret.current,
  ): string {
    if (!options.viewSecretValue) return HIDDEN_VALUE;
    if (!options.expandSecretReferences) return version.value;
    const relative = options.relativeToImporter;
    const start = relative ? importer : secret.folder;
    const expander = new ReferenceExpander(start.environment.project, (found) =>
      lookupIn(found.folder, relative),
    );
    return expander.expand(
      version.value,
      lookupIn(start, relative),
      version.skipMultilineEncoding,
    );
  }
}

/** Looks bare names up in a folder and, if wanted, in what it imports. */
function lookupIn(folder: Folder, withImports: boolean): RelativeLookup {
  const lookup = (name: string): Found | undefined => {
    const own = folder.secrets.get(name);
    if (own) return { secret: own, lookup };
    const imported = withImports ? importedSecret(folder, name) : undefined;
    return imported && { secret: imported, lookup };
  };
  return lookup;
}

/** A strong entity tag over an answer. */
export function entityTag(answer: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(answer));
  return `"${hash.digest('base64url')}"`;
}
