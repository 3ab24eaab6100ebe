import type { ZodType } from 'zod/v3';
import { badRequest } from '../http/api-error.js';
import type { SharedSchemas } from '../http/schemas.js';
import type { Zod } from '../packages.js';
import type { ProjectRef } from './secret-locator.js';

type OptionalText = ZodType<string | undefined>;

/** The fields that may name a project; a dialect has some of them. */
interface ProjectShape {
  [field: string]: OptionalText;
  projectId: OptionalText;
  workspaceId: OptionalText;
  workspaceSlug: OptionalText;
  projectSlug: OptionalText;
}

interface ProjectFields {
  projectId?: string;
  workspaceId?: string;
  workspaceSlug?: string;
  projectSlug?: string;
}

/** In what the versions of the secrets API differ (contract: secrets §2.3). */
export interface SecretDialect {
  readonly version: 'v4' | 'v3';
  readonly base: string;
  readonly batch: string;
  readonly listProject: ProjectShape;
  readonly getProject: ProjectShape;
  readonly bodyProject: ProjectShape;
  readonly readFlags: {
    expandSecretReferences: ZodType<boolean, never, unknown>;
    includeImports: ZodType<boolean | undefined, never, unknown>;
    include_imports: ZodType<boolean | undefined, never, unknown>;
    includePersonalOverrides: ZodType<boolean | undefined, never, unknown>;
  };
  /** Bare names in imported values are looked up in the importing folder. */
  readonly relativeToImporter: boolean;
  /** How lists show personal secrets when nothing is said about them. */
  readonly overrides: 'none' | 'beside';
  /** References in a single secret prefer the caller's personal secrets. */
  readonly getPrefersOverrides: boolean;
  ref(fields: ProjectFields): ProjectRef;
}

/** The first v4 had the flags of v3. */
export function earlyV4Dialect(z: Zod, schemas: SharedSchemas): SecretDialect {
  const { readFlags, relativeToImporter, overrides, getPrefersOverrides } =
    v3Dialect(z, schemas);
  return {
    ...v4Dialect(z, schemas),
    readFlags,
    relativeToImporter,
    overrides,
    getPrefersOverrides,
  };
}

export function v4Dialect(
  z: Zod,
  { booleanText }: SharedSchemas,
): SecretDialect {
  const text = z.string().trim();
  return {
    relativeToImporter: true,
    overrides: 'none',
    getPrefersOverrides: true,
    version: 'v4',
    base: '/api/v4/secrets',
    batch: '/api/v4/secrets/batch',
    listProject: shape({ projectId: text.optional() }),
    getProject: shape({ projectId: text }),
    bodyProject: shape({ projectId: text }),
    readFlags: flags({
      expandSecretReferences: booleanText('true'),
      includeImports: booleanText('true'),
      includePersonalOverrides: booleanText('false'),
    }),
    ref: ({ projectId }) => ({ projectId }),
  };
}

export function v3Dialect(
  z: Zod,
  { booleanText }: SharedSchemas,
): SecretDialect {
  const text = z.string().trim().optional();
  const query = shape({ workspaceId: text, workspaceSlug: text });
  return {
    relativeToImporter: false,
    overrides: 'beside',
    getPrefersOverrides: false,
    version: 'v3',
    base: '/api/v3/secrets/raw',
    batch: '/api/v3/secrets/batch/raw',
    listProject: query,
    getProject: query,
    bodyProject: shape({ workspaceId: text, projectSlug: text }),
    // Its imports flag is written with an underscore; another spelling is
    // dropped and the default holds.
    readFlags: flags({
      expandSecretReferences: booleanText('false'),
      include_imports: booleanText('false'),
    }),
    ref: ({ workspaceId, workspaceSlug, projectSlug }) => {
      // An empty text counts as absent; the id wins.
      const ref = {
        projectId: workspaceId || undefined,
        projectSlug: workspaceSlug || projectSlug || undefined,
      };
      if (!ref.projectId && !ref.projectSlug) {
        throw badRequest('You must provide projectSlug or workspaceId');
      }
      return ref;
    },
  };
}

function shape(fields: object): ProjectShape {
  return fields as ProjectShape;
}

function flags(fields: object): SecretDialect['readFlags'] {
  return fields as SecretDialect['readFlags'];
}
