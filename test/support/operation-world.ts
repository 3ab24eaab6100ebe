import {
  DEFAULT_EMULATOR_SEED,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { EmulatorHttp, PROJECT_ID } from './emulator-http.js';

export const MACHINE_ID = '66666666-6666-4666-8666-666666666666';
export const KEYS = {
  aes: 'a0000000-0000-4000-8000-000000000001',
  ec: 'a0000000-0000-4000-8000-000000000002',
  mac: 'a0000000-0000-4000-8000-000000000003',
};
const SERVICE_ID = 'a0000000-0000-4000-8000-000000000004';
const SERVICE_SECRET = 'ab'.repeat(16);
export const SERVICE_TOKEN = `st.${SERVICE_ID}.${SERVICE_SECRET}`;
export const DEV = { projectId: PROJECT_ID, environment: 'dev' };
export const DEV_V1 = { workspaceId: PROJECT_ID, environment: 'dev' };
export const DYNAMIC = { projectSlug: 'demo', environmentSlug: 'dev' };
export const SSH = {
  type: 'ssh',
  inputs: { principals: ['root'] },
};

/** Everything an operation may need, on a clock that stands still. */
export class OperationWorld {
  private count = 0;

  private constructor(
    readonly emulator: InfisicalEmulator,
    readonly clock: VirtualClock,
    readonly http: EmulatorHttp,
    readonly userToken: string,
  ) {}

  static async start(): Promise<OperationWorld> {
    const clock = new VirtualClock();
    const [project] = DEFAULT_EMULATOR_SEED.projects;
    const emulator = await InfisicalEmulator.start({
      clock,
      seed: {
        projects: [
          {
            ...project,
            slug: 'demo',
            environments: ['dev', 'staging', 'prod'],
            tags: [{ slug: 'blue' }],
            secrets: [
              { environment: 'dev', path: '/', values: { A: 'a' } },
              { environment: 'dev', path: '/app', values: { B: 'b' } },
            ],
            imports: [
              {
                environment: 'staging',
                path: '/',
                from: { environment: 'dev', path: '/' },
              },
            ],
            kmsKeys: [
              { id: KEYS.aes, name: 'aes' },
              { id: KEYS.ec, name: 'ec', algorithm: 'ECC_NIST_P256' },
              { id: KEYS.mac, name: 'mac', algorithm: 'HMAC_SHA_256' },
            ],
          },
        ],
        identities: [
          ...DEFAULT_EMULATOR_SEED.identities,
          {
            id: MACHINE_ID,
            name: 'machine',
            projects: [{ slug: 'demo', role: 'viewer' }],
            tokenAuth: {},
            awsAuth: {},
            gcpAuth: {},
            azureAuth: {},
            kubernetesAuth: {},
            oidcAuth: {},
            jwtAuth: {},
            ldapAuth: { lockoutEnabled: false },
            ociAuth: {},
            aliCloudAuth: {},
            tlsCertAuth: {},
            spiffeAuth: {
              allowedSpiffeIds: 'spiffe://emulator.test/*',
              allowedAudiences: 'infisical',
            },
          },
        ],
        users: [
          {
            email: 'ada@example.com',
            projects: [{ slug: 'demo', role: 'admin' }],
          },
        ],
        serviceTokens: [
          {
            id: SERVICE_ID,
            secret: SERVICE_SECRET,
            name: 'service',
            project: 'demo',
            scopes: [{ environment: 'dev', secretPath: '/**' }],
            permissions: ['read', 'write'],
          },
        ],
      },
    });
    emulator.providers.ldap.setUser({ username: 'ada', password: 'pass' });
    const http = new EmulatorHttp(emulator);
    await http.useLogin();
    const userToken = emulator.userToken('ada@example.com');
    return new OperationWorld(emulator, clock, http, userToken);
  }

  /** A name nothing else has. */
  name(): string {
    return `n${this.count++}`;
  }

  /** Posts what an operation needs, and gives a part of the answer. */
  async make(path: string, body: object, ...where: string[]): Promise<string> {
    const answer = await this.http.post(path, body);
    if (answer.status !== 200) throw new Error(answer.text);
    return String(at(answer.body, where));
  }

  async find(
    path: string,
    query: Record<string, string>,
    ...where: string[]
  ): Promise<string> {
    const answer = await this.http.get(path, query);
    if (answer.status !== 200) throw new Error(answer.text);
    return String(at(answer.body, where));
  }

  secret = () =>
    this.make(
      `/api/v4/secrets/${this.name()}`,
      { ...DEV, secretValue: 'x' },
      'secret',
      'id',
    );

  /** The name of a new secret. */
  secretName = () =>
    this.make(
      `/api/v4/secrets/${this.name()}`,
      { ...DEV, secretValue: 'x' },
      'secret',
      'secretKey',
    );

  folder = () =>
    this.make('/api/v2/folders', { ...DEV, name: this.name() }, 'folder', 'id');

  secretImport = () =>
    this.make(
      '/api/v2/secret-imports',
      { ...DEV, import: { environment: 'prod', path: `/${this.name()}` } },
      'secretImport',
      'id',
    );

  tag = () =>
    this.make(
      `/api/v1/projects/${PROJECT_ID}/tags`,
      { slug: this.name(), color: '' },
      'tag',
      'id',
    );

  environment = () => {
    const slug = this.name();
    return this.make(
      `/api/v1/projects/${PROJECT_ID}/environments`,
      { name: slug, slug },
      'environment',
      'id',
    );
  };

  webhook = async () => {
    const answer = await this.http.post(
      '/api/v1/webhooks',
      { ...DEV, webhookUrl: 'http://127.0.0.1:9/' },
      { token: this.userToken },
    );
    return String(at(answer.body, ['webhook', 'id']));
  };

  key = () =>
    this.make(
      '/api/v1/kms/keys',
      { projectId: PROJECT_ID, name: this.name() },
      'key',
      'id',
    );

  /** The name of a new dynamic secret, and its id. */
  dynamicSecret = async (provider: object = SSH) => {
    const name = this.name();
    const id = await this.make(
      '/api/v1/dynamic-secrets',
      { ...DYNAMIC, name, provider, defaultTTL: '1h' },
      'dynamicSecret',
      'id',
    );
    return { name, id };
  };

  lease = async () => {
    const { name } = await this.dynamicSecret();
    return this.make(
      '/api/v1/dynamic-secrets/leases',
      {
        ...DYNAMIC,
        dynamicSecretName: name,
        config: { principals: ['root'] },
      },
      'lease',
      'id',
    );
  };

  accessToken = async () => {
    const { body } = await this.http.login();
    return String(body.accessToken);
  };
}

function at(value: unknown, where: readonly string[]): unknown {
  return where.reduce<unknown>(
    (one, key) => (one as Record<string, unknown>)[key],
    value,
  );
}
