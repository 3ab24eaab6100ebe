import { signAliCloud, signAws, signOci } from './cloud-signers.js';
import { CLIENT_ID, CLIENT_SECRET, PROJECT_ID } from './emulator-http.js';
import {
  DEV,
  DEV_V1,
  DYNAMIC,
  KEYS,
  MACHINE_ID,
  type OperationWorld,
  SERVICE_TOKEN,
  SSH,
} from './operation-world.js';

/** A request that succeeds. */
export interface ValidRequest {
  /** Values of the path's parameters. */
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  /** Default: that of an administrating identity. */
  readonly token?: string | null;
}

type Make = (world: OperationWorld) => ValidRequest | Promise<ValidRequest>;
type Operations = Record<string, Make>;

const LOGIN = (method: string) => `POST /api/v1/auth/${method}/login`;
const identityId = MACHINE_ID;
const data = Buffer.from('hello').toString('base64');

/** A login that needs no token. */
const login =
  (body: (world: OperationWorld) => Record<string, unknown>): Make =>
  (world) => ({ token: null, body: { identityId, ...body(world) } });

const AUTH: Operations = {
  [LOGIN('universal-auth')]: () => ({
    token: null,
    body: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  }),
  [LOGIN('aws-auth')]: login(({ emulator, clock }) =>
    signAws(emulator.providers.aws.accessKey(), { now: clock.now() }),
  ),
  [LOGIN('gcp-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.gcp.issueIdToken({
      audience: identityId,
      serviceAccount: 'app@emulator.iam.gserviceaccount.com',
    }),
  })),
  [LOGIN('azure-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.azure.issueToken(),
  })),
  [LOGIN('kubernetes-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.kubernetes.issueToken({
      namespace: 'shop',
      serviceAccount: 'api',
    }),
  })),
  [LOGIN('oidc-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.oidc.issueToken({ subject: 'a' }),
  })),
  [LOGIN('jwt-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.jwt.issueToken({ subject: 'a' }),
  })),
  [LOGIN('ldap-auth')]: login(() => ({ username: 'ada', password: 'pass' })),
  [LOGIN('oci-auth')]: login(({ emulator, clock }) => {
    const user = emulator.providers.oci.user();
    const headers = signOci(user, clock.now());
    return { userOcid: user.userOcid, headers };
  }),
  [LOGIN('alicloud-auth')]: login((world) =>
    signAliCloud(
      world.emulator.providers.aliCloud.accessKey(),
      world.clock.now(),
      world.name(),
    ),
  ),
  [LOGIN('tls-cert-auth')]: ({ emulator }) => ({
    token: null,
    headers: {
      'x-identity-tls-cert-auth-client-cert': encodeURIComponent(
        emulator.providers.tls.issueCertificate({ commonName: 'app' }).certPem,
      ),
    },
    body: { identityId },
  }),
  [LOGIN('spiffe-auth')]: login(({ emulator }) => ({
    jwt: emulator.providers.spiffe.issueToken({
      spiffeId: 'spiffe://emulator.test/api',
      audience: 'infisical',
    }),
  })),
  'POST /api/v1/auth/token/renew': async (world) => ({
    token: null,
    body: { accessToken: await world.accessToken() },
  }),
  'POST /api/v1/auth/token/revoke': async (world) => ({
    token: null,
    body: { accessToken: await world.accessToken() },
  }),
  'POST /api/v1/auth/token-auth/identities/{identityId}/tokens': () => ({
    params: { identityId },
    body: { name: 'token' },
  }),
  'POST /api/v1/auth/universal-auth/identities/{identityId}': () => ({
    params: { identityId },
    body: { accessTokenTTL: 60, accessTokenMaxTTL: 600 },
  }),
  'POST /api/v1/auth/universal-auth/identities/{identityId}/client-secrets':
    () => ({
      params: { identityId: '33333333-3333-4333-8333-333333333333' },
      body: { description: 'one', numUsesLimit: 0, ttl: 0 },
    }),
  'GET /api/v1/identities/details': () => ({}),
  'GET /api/v2/service-token': () => ({ token: SERVICE_TOKEN }),
  'GET /api/status': () => ({ token: null }),
};

/** Both versions of the secrets API. */
function secrets(
  base: string,
  batch: string,
  place: Record<string, string>,
): Operations {
  return {
    [`GET ${base}`]: () => ({ query: place }),
    [`GET ${base}/{secretName}`]: () => ({
      params: { secretName: 'A' },
      query: place,
    }),
    [`POST ${base}/{secretName}`]: (world) => ({
      params: { secretName: world.name() },
      body: {
        ...place,
        secretPath: '/',
        secretValue: 'x',
        secretComment: 'c',
        secretMetadata: [{ key: 'k', value: 'v' }],
        type: 'shared',
      },
    }),
    [`PATCH ${base}/{secretName}`]: async (world) => ({
      params: { secretName: await world.secretName() },
      body: { ...place, secretValue: 'y', newSecretName: world.name() },
    }),
    [`DELETE ${base}/{secretName}`]: async (world) => ({
      params: { secretName: await world.secretName() },
      body: { ...place, secretPath: '/', type: 'shared' },
    }),
    [`GET ${base}/id/{secretId}`]: async (world) => ({
      params: { secretId: await world.secret() },
    }),
    [`POST ${batch}`]: (world) => ({
      body: {
        ...place,
        secrets: [{ secretKey: world.name(), secretValue: 'x' }],
      },
    }),
    [`PATCH ${batch}`]: async (world) => ({
      body: {
        ...place,
        mode: 'failOnNotFound',
        secrets: [{ secretKey: await world.secretName(), secretValue: 'y' }],
      },
    }),
    [`DELETE ${batch}`]: async (world) => ({
      body: { ...place, secrets: [{ secretKey: await world.secretName() }] },
    }),
  };
}

function folders(base: string, place: Record<string, string>): Operations {
  return {
    [`GET ${base}`]: () => ({ query: { ...place, path: '/' } }),
    [`POST ${base}`]: (world) => ({
      body: { ...place, path: '/', name: world.name(), description: 'd' },
    }),
    [`GET ${base}/{id}`]: async (world) => ({
      params: { id: await world.folder() },
    }),
    [`PATCH ${base}/{id}`]: async (world) => ({
      params: { id: await world.folder() },
      body: { ...place, path: '/', name: world.name() },
    }),
    [`DELETE ${base}/{id}`]: async (world) => ({
      params: { id: await world.folder() },
      body: { ...place, path: '/' },
    }),
  };
}

function folderBatch(project: Record<string, string>): Make {
  return async (world) => ({
    body: {
      ...project,
      folders: [
        {
          id: await world.folder(),
          environment: 'dev',
          name: world.name(),
          path: '/',
        },
      ],
    },
  });
}

function imports(
  base: string,
  secretsPath: string,
  place: Record<string, string>,
): Operations {
  return {
    [`GET ${base}`]: () => ({ query: place }),
    [`POST ${base}`]: (world) => ({
      body: {
        ...place,
        path: '/',
        import: { environment: 'prod', path: `/${world.name()}` },
      },
    }),
    [`GET ${base}/{secretImportId}`]: async (world) => ({
      params: { secretImportId: await world.secretImport() },
    }),
    [`PATCH ${base}/{secretImportId}`]: async (world) => ({
      params: { secretImportId: await world.secretImport() },
      body: { ...place, path: '/', import: { path: `/${world.name()}` } },
    }),
    [`DELETE ${base}/{secretImportId}`]: async (world) => ({
      params: { secretImportId: await world.secretImport() },
      body: { ...place, path: '/' },
    }),
    [`GET ${base}/${secretsPath}`]: () => ({
      query: { ...place, environment: 'staging' },
    }),
  };
}

function environments(
  base: string,
  params: Record<string, string>,
): Operations {
  return {
    [`POST ${base}`]: (world) => ({
      params,
      body: { name: 'One', slug: world.name(), position: 1 },
    }),
    [`GET ${base}/{envId}`]: async (world) => ({
      params: { ...params, envId: await world.environment() },
    }),
    [`PATCH ${base}/{envId}`]: async (world) => ({
      params: { ...params, envId: await world.environment() },
      body: { name: 'Two', slug: world.name(), position: 1 },
    }),
    [`DELETE ${base}/{envId}`]: async (world) => ({
      params: { ...params, envId: await world.environment() },
    }),
  };
}

const projectId = PROJECT_ID;
const project: Make = (world) => ({
  body: {
    projectName: 'New',
    projectDescription: 'd',
    slug: `project-${world.name()}`,
  },
});
const TAGS = '/api/v1/projects/{projectId}/tags';
const EVENTS = 'POST /api/v1/events/subscribe/project-events';

const SECRETS: Operations = {
  ...secrets('/api/v4/secrets', '/api/v4/secrets/batch', DEV),
  ...secrets('/api/v3/secrets/raw', '/api/v3/secrets/batch/raw', DEV_V1),
  'POST /api/v4/secrets/move': async (world) => ({
    body: {
      projectId,
      sourceEnvironment: 'dev',
      sourceSecretPath: '/',
      destinationEnvironment: 'prod',
      destinationSecretPath: '/',
      secretIds: [await world.secret()],
      shouldOverwrite: true,
    },
  }),
  'GET /api/v1/secret/{secretId}/secret-versions': async (world) => ({
    params: { secretId: await world.secret() },
    query: { offset: '0', limit: '10' },
    token: world.userToken,
  }),
  ...folders('/api/v1/folders', DEV_V1),
  ...folders('/api/v2/folders', DEV),
  'PATCH /api/v1/folders/batch': folderBatch({ projectSlug: 'demo' }),
  'PATCH /api/v2/folders/batch': folderBatch({ projectId }),
  ...imports('/api/v1/secret-imports', 'secrets/raw', DEV_V1),
  ...imports('/api/v2/secret-imports', 'secrets', DEV),
  [`GET ${TAGS}`]: () => ({ params: { projectId } }),
  [`POST ${TAGS}`]: (world) => ({
    params: { projectId },
    body: { slug: world.name(), color: '#fff' },
  }),
  [`GET ${TAGS}/{tagId}`]: async (world) => ({
    params: { projectId, tagId: await world.tag() },
  }),
  [`PATCH ${TAGS}/{tagId}`]: async (world) => ({
    params: { projectId, tagId: await world.tag() },
    body: { slug: world.name(), color: '' },
  }),
  [`DELETE ${TAGS}/{tagId}`]: async (world) => ({
    params: { projectId, tagId: await world.tag() },
  }),
  [`GET ${TAGS}/slug/{tagSlug}`]: () => ({
    params: { projectId, tagSlug: 'blue' },
  }),
  ...environments('/api/v1/projects/{projectId}/environments', { projectId }),
  ...environments('/api/v1/workspace/{workspaceId}/environments', {
    workspaceId: projectId,
  }),
  'GET /api/v1/projects': () => ({}),
  'POST /api/v1/projects': project,
  'GET /api/v1/projects/{projectId}': () => ({ params: { projectId } }),
  'GET /api/v1/projects/slug/{slug}': () => ({ params: { slug: 'demo' } }),
  'GET /api/v1/workspace/{workspaceId}': () => ({
    params: { workspaceId: projectId },
  }),
  'POST /api/v2/workspace': project,
  'GET /api/v2/workspace/{slug}': () => ({ params: { slug: 'demo' } }),
  'GET /api/v1/webhooks': ({ userToken }) => ({
    token: userToken,
    query: { projectId },
  }),
  'POST /api/v1/webhooks': ({ userToken }) => ({
    token: userToken,
    body: {
      ...DEV,
      type: 'general',
      webhookUrl: 'http://127.0.0.1:9/',
      webhookSecretKey: 'k',
      secretPath: '/',
    },
  }),
  'PATCH /api/v1/webhooks/{webhookId}': async (world) => ({
    token: world.userToken,
    params: { webhookId: await world.webhook() },
    body: { isDisabled: true },
  }),
  'DELETE /api/v1/webhooks/{webhookId}': async (world) => ({
    token: world.userToken,
    params: { webhookId: await world.webhook() },
  }),
  'POST /api/v1/webhooks/{webhookId}/test': async (world) => ({
    token: world.userToken,
    params: { webhookId: await world.webhook() },
  }),
  [EVENTS]: () => ({
    body: {
      projectId,
      register: [
        { event: 'secret:create', conditions: { environmentSlug: 'dev' } },
      ],
    },
  }),
};

const KEY = '/api/v1/kms/keys/{keyId}';
const aes = { keyId: KEYS.aes };
const ec = { keyId: KEYS.ec };
const mac = { keyId: KEYS.mac };
const signingAlgorithm = 'ECDSA_SHA_256';

const KMS: Operations = {
  'GET /api/v1/kms/keys': () => ({ query: { projectId } }),
  'POST /api/v1/kms/keys': (world) => ({
    body: {
      projectId,
      name: world.name(),
      description: 'd',
      keyUsage: 'encrypt-decrypt',
      algorithm: 'aes-256-gcm',
    },
  }),
  [`GET ${KEY}`]: () => ({ params: aes }),
  [`PATCH ${KEY}`]: async (world) => ({
    params: { keyId: await world.key() },
    body: { name: world.name(), description: 'd', isDisabled: true },
  }),
  [`DELETE ${KEY}`]: async (world) => ({
    params: { keyId: await world.key() },
  }),
  'GET /api/v1/kms/keys/key-name/{keyName}': () => ({
    params: { keyName: 'aes' },
    query: { projectId },
  }),
  [`POST ${KEY}/encrypt`]: () => ({ params: aes, body: { plaintext: data } }),
  [`POST ${KEY}/decrypt`]: async (world) => {
    const path = `/api/v1/kms/keys/${KEYS.aes}/encrypt`;
    const ciphertext = await world.make(
      path,
      { plaintext: data },
      'ciphertext',
    );
    return { params: aes, body: { ciphertext } };
  },
  [`POST ${KEY}/sign`]: () => ({
    params: ec,
    body: { signingAlgorithm, data, isDigest: false },
  }),
  [`POST ${KEY}/verify`]: () => ({
    params: ec,
    body: { signingAlgorithm, data, signature: data, isDigest: false },
  }),
  [`GET ${KEY}/public-key`]: () => ({ params: ec }),
  [`GET ${KEY}/signing-algorithms`]: () => ({ params: ec }),
  [`GET ${KEY}/private-key`]: () => ({ params: aes }),
  [`POST ${KEY}/rotate`]: () => ({ params: aes }),
  [`POST ${KEY}/generate-mac`]: () => ({ params: mac, body: { data } }),
  [`POST ${KEY}/verify-mac`]: () => ({
    params: mac,
    body: { data, mac: data },
  }),
  'POST /api/v1/kms/keys/bulk-import': (world) => ({
    body: {
      projectId,
      keys: [
        {
          name: world.name(),
          keyUsage: 'encrypt-decrypt',
          algorithm: 'aes-256-gcm',
          keyMaterial: Buffer.alloc(32, 1).toString('base64'),
        },
      ],
    },
  }),
  'POST /api/v1/kms/keys/bulk-export-private-keys': () => ({
    body: { keyIds: [KEYS.aes] },
  }),
};

const SECRET = '/api/v1/dynamic-secrets/{name}';
const LEASES = '/api/v1/dynamic-secrets/leases';

const KUBERNETES = {
  type: 'kubernetes',
  inputs: {
    credentialType: 'static',
    serviceAccountName: 'app',
    namespace: 'shop',
    audiences: [],
    authMethod: 'api',
    url: 'https://kubernetes.example.com',
    clusterToken: 'token',
  },
};

const DYNAMIC_SECRETS: Operations = {
  'GET /api/v1/dynamic-secrets': () => ({ query: DYNAMIC }),
  'POST /api/v1/dynamic-secrets': (world) => ({
    body: {
      ...DYNAMIC,
      path: '/',
      name: world.name(),
      provider: SSH,
      defaultTTL: '1h',
      maxTTL: '2h',
      metadata: [{ key: 'k', value: 'v' }],
    },
  }),
  [`GET ${SECRET}`]: async (world) => ({
    params: { name: (await world.dynamicSecret()).name },
    query: DYNAMIC,
  }),
  [`PATCH ${SECRET}`]: async (world) => ({
    params: { name: (await world.dynamicSecret()).name },
    body: { ...DYNAMIC, path: '/', data: { defaultTTL: '2h' } },
  }),
  [`DELETE ${SECRET}`]: async (world) => ({
    params: { name: (await world.dynamicSecret()).name },
    body: { ...DYNAMIC, path: '/', isForced: false },
  }),
  [`GET ${SECRET}/leases`]: async (world) => ({
    params: { name: (await world.dynamicSecret()).name },
    query: DYNAMIC,
  }),
  [`POST ${LEASES}`]: async (world) => ({
    body: {
      ...DYNAMIC,
      path: '/',
      dynamicSecretName: (await world.dynamicSecret()).name,
      ttl: '30m',
      config: { principals: ['root'] },
    },
  }),
  [`POST ${LEASES}/kubernetes`]: async (world) => ({
    body: {
      ...DYNAMIC,
      path: '/',
      dynamicSecretName: (await world.dynamicSecret(KUBERNETES)).name,
      ttl: '30m',
      config: { namespace: 'shop' },
    },
  }),
  [`GET ${LEASES}/{leaseId}`]: async (world) => ({
    params: { leaseId: await world.lease() },
    query: DYNAMIC,
  }),
  [`DELETE ${LEASES}/{leaseId}`]: async (world) => ({
    params: { leaseId: await world.lease() },
    body: { ...DYNAMIC, path: '/', isForced: false },
  }),
  [`POST ${LEASES}/{leaseId}/renew`]: async (world) => ({
    params: { leaseId: await world.lease() },
    body: { ...DYNAMIC, path: '/', ttl: '30m' },
  }),
  'GET /api/v1/dynamic-secrets/ssh-ca-public-key/{dynamicSecretId}': async (
    world,
  ) => ({ params: { dynamicSecretId: (await world.dynamicSecret()).id } }),
  'GET /api/v1/dynamic-secrets/ssh-ca-setup/{dynamicSecretId}': async (
    world,
  ) => ({ params: { dynamicSecretId: (await world.dynamicSecret()).id } }),
  'POST /api/v1/dynamic-secrets/entra-id/users': () => ({
    body: { tenantId: 't', applicationId: 'a', clientSecret: 's' },
  }),
};

/** A request that succeeds, for every operation of the OpenAPI files. */
export const OPERATIONS: Readonly<Operations> = {
  ...AUTH,
  ...SECRETS,
  ...KMS,
  ...DYNAMIC_SECRETS,
};

/** The path of an operation with its parameters filled in. */
export function pathOf(
  operation: string,
  params: Record<string, string> = {},
): string {
  const [, template = ''] = operation.split(' ');
  return template.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
}
