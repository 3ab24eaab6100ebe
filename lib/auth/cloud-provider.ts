import { access } from 'node:fs/promises';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { authOf } from './auth-method.js';
import { allowText } from './credential.js';
import type {
  CredentialContext,
  CredentialProvider,
} from './credential-provider.js';
import {
  environmentKubernetesTokenPath,
  environmentOfAws,
  readVariable,
} from './environment.js';
import { AUTH_METHOD, MACHINE_IDENTITY_ID } from './environment-logins.js';
import { selectedMethod } from './environment-provider.js';
import { checkSlug } from './login-method.js';
import {
  allowMetadataUrl,
  askMetadata,
  type MetadataRequest,
} from './metadata.js';

/**
 * A platform that gives its machines an identity.
 *
 * @example
 * ```ts
 * const platforms: CloudPlatform[] = ['kubernetes', 'aws'];
 * const auth = defaultCredentialProviders({
 *   cloud: { identityId, platforms },
 * });
 * ```
 *
 * @publicApi
 */
export type CloudPlatform = 'kubernetes' | 'aws' | 'gcp' | 'azure';

/**
 * The identity that the machine has where it runs.
 *
 * @example
 * ```ts
 * const cloud: CloudIdentityOptions = {
 *   identityId,
 *   platforms: ['kubernetes', 'azure'],
 * };
 * InfisicalModule.forRoot({ auth: defaultCredentialProviders({ cloud }) });
 * ```
 *
 * @publicApi
 */
export interface CloudIdentityOptions {
  /** Id of the machine identity in Infisical. Default: `INFISICAL_MACHINE_IDENTITY_ID`. */
  identityId?: string;
  /** Log in to this sub-organization. Servers before 2026 ignore it. */
  organizationSlug?: string;
  /** What to look for, in this order. Default: Kubernetes, AWS, GCP, Azure. */
  platforms?: readonly CloudPlatform[];
  /** Where the instance metadata are. For tests. */
  metadataUrls?: { aws?: string; gcp?: string; azure?: string };
}

/** A platform: how it is recognized, and the login there. */
interface Platform {
  readonly method:
    'kubernetesAuth' | 'awsAuth' | 'gcpIdTokenAuth' | 'azureAuth';
  /** What shows that this is the place; throws or is undefined elsewhere. */
  find(
    context: CredentialContext,
    url: string | undefined,
  ): Promise<string | undefined>;
}

/** A metadata server is one hop away; elsewhere its address leads nowhere, and every start would wait for it. */
const DETECTION_TIMEOUT = 1_000;

const PLATFORMS: Readonly<Record<CloudPlatform, Platform>> = {
  kubernetes: {
    method: 'kubernetesAuth',
    async find() {
      const file = environmentKubernetesTokenPath();
      await access(file);
      return file;
    },
  },
  aws: {
    method: 'awsAuth',
    find: async (context, url = 'http://169.254.169.254') =>
      environmentOfAws() ??
      detect(context, {
        platform: 'AWS',
        url,
        method: 'PUT',
        target: '/latest/api/token',
        headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
      }),
  },
  gcp: {
    method: 'gcpIdTokenAuth',
    find: (context, url = 'http://metadata.google.internal') =>
      detect(context, {
        platform: 'Google Cloud',
        url,
        target: '/computeMetadata/v1/instance/id',
        headers: { 'metadata-flavor': 'Google' },
      }),
  },
  azure: {
    method: 'azureAuth',
    find: (context, url = 'http://169.254.169.254') =>
      detect(context, {
        platform: 'Azure',
        url,
        target: '/metadata/instance?api-version=2021-02-01',
        headers: { metadata: 'true', accept: 'application/json' },
      }),
  },
};

const ALL = Object.keys(PLATFORMS) as CloudPlatform[];

/**
 * The identity of the machine, by the first platform that is recognized.
 *
 * @throws InfisicalConfigError naming the wrong option
 */
export function cloudProvider(
  options: CloudIdentityOptions,
): CredentialProvider {
  checkOptions(options);
  const { platforms = ALL, metadataUrls = {}, organizationSlug } = options;
  return {
    name: 'cloud identity',
    async provide(context) {
      const selected = selectedMethod();
      const candidates = platforms.filter(
        (name) =>
          selected === undefined ||
          (selected !== 'user' && selected.method === PLATFORMS[name].method),
      );
      if (candidates.length === 0) {
        return { reason: `${AUTH_METHOD} asks for another login` };
      }
      const identityId =
        options.identityId?.trim() ?? readVariable(MACHINE_IDENTITY_ID);
      if (identityId === undefined) {
        return {
          reason: `no identity: pass cloud.identityId, or set ${MACHINE_IDENTITY_ID}`,
        };
      }
      for (const name of candidates) {
        const metadataUrl =
          name === 'kubernetes' ? undefined : metadataUrls[name];
        const sign = await PLATFORMS[name]
          .find(context, metadataUrl)
          .catch(() => undefined);
        context.signal.throwIfAborted();
        if (sign === undefined) continue;
        const login = {
          identityId,
          ...(organizationSlug && { organizationSlug }),
          ...(metadataUrl && { metadataUrl }),
        };
        return {
          auth: authOf(PLATFORMS[name].method, login),
          source: `${name}, found by ${sign}`,
        };
      }
      return { reason: `this is none of ${candidates.join(', ')}` };
    },
  };
}

/** The address of the metadata server that answers. */
async function detect(
  context: CredentialContext,
  request: Omit<MetadataRequest, 'advice' | 'timeout'>,
): Promise<string> {
  await askMetadata(context, context.signal, {
    ...request,
    advice: '',
    timeout: DETECTION_TIMEOUT,
  });
  return request.url;
}

function checkOptions(options: CloudIdentityOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(
      'cloud must be an object with identityId, and platforms if not all are meant.',
    );
  }
  assertKnownOptions(
    options,
    ['identityId', 'organizationSlug', 'platforms', 'metadataUrls'],
    'cloud',
  );
  const { identityId, organizationSlug, platforms, metadataUrls } = options;
  allowText(identityId, 'cloud.identityId');
  checkSlug(organizationSlug, 'cloud.organizationSlug');
  if (
    platforms !== undefined &&
    !(
      Array.isArray(platforms) &&
      platforms.length > 0 &&
      platforms.every((name: string) => Object.hasOwn(PLATFORMS, name))
    )
  ) {
    throw new InfisicalConfigError(
      `cloud.platforms must be a list of some of ${ALL.join(', ')}.`,
    );
  }
  assertKnownOptions(
    metadataUrls,
    ['aws', 'gcp', 'azure'],
    'cloud.metadataUrls',
  );
  for (const [name, url] of Object.entries(metadataUrls ?? {})) {
    allowMetadataUrl(url, `cloud.metadataUrls.${name}`);
  }
}
