import {
  afterEach,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  type CloudIdentityOptions,
  defaultCredentialProviders,
  InfisicalCredentialsError,
} from 'nestjs-infisical';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { CredentialBench } from '../support/credentials.js';
import { failureOf } from '../support/demo.js';

const identityId = IDENTITY_ID;
const NOWHERE = 'http://127.0.0.1:1';
const TOKEN_PATH = 'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH';

let bench: CredentialBench;
const servers: Server[] = [];
beforeEach(async () => {
  bench = await CredentialBench.start({
    kubernetesAuth: {},
    awsAuth: {},
    gcpAuth: { allowedProjects: ['emulator-project'] },
    azureAuth: {},
  });
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await bench.stop();
});

/** A metadata server; what it does not know is 404. */
function metadata(
  answer: (line: string, query: URLSearchParams) => string | undefined,
  asked: string[] = [],
): Promise<string> {
  return listening(({ method, url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, NOWHERE);
    const line = `${method} ${pathname}`;
    asked.push(line);
    const body = answer(line, searchParams);
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  });
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const gcp = (asked?: string[]) =>
  metadata((line, query) => {
    if (line === 'GET /computeMetadata/v1/instance/id') return '1';
    return line.endsWith('/identity')
      ? bench.setup.providers.gcp.issueIdToken({
          audience: query.get('audience') ?? '',
          serviceAccount: 'a@b.c',
          zone: 'europe-west1-b',
        })
      : undefined;
  }, asked);

const azure = (asked?: string[]) =>
  metadata((line) => {
    if (line === 'GET /metadata/instance') return '{}';
    return line === 'GET /metadata/identity/oauth2/token'
      ? JSON.stringify({
          access_token: bench.setup.providers.azure.issueToken(),
        })
      : undefined;
  }, asked);

const aws = (asked?: string[]) =>
  metadata((line) => {
    if (line === 'PUT /latest/api/token') return 'session';
    return line === 'GET /latest/dynamic/instance-identity/document'
      ? '{"region":"ap-south-1"}'
      : undefined;
  }, asked);

function cloudClient(cloud: CloudIdentityOptions) {
  const auth = defaultCredentialProviders({
    home: bench.home,
    cloud: {
      ...cloud,
      metadataUrls: {
        aws: NOWHERE,
        gcp: NOWHERE,
        azure: NOWHERE,
        ...cloud.metadataUrls,
      },
    },
  });
  return bench.client({ auth });
}

const KEYS = () => {
  const { accessKeyId, secretAccessKey } =
    bench.setup.providers.aws.accessKey();
  return { accessKeyId, secretAccessKey };
};
jest.unstable_mockModule(
  '@aws-sdk/credential-providers',
  () => ({ fromNodeProviderChain: () => () => Promise.resolve(KEYS()) }),
  { virtual: true },
);

describe('the identity of the machine', () => {
  it('is not looked for unless asked', () => {
    const names = defaultCredentialProviders().map(({ name }) => name);
    expect(names).toEqual(['environment', 'credential files', 'Infisical CLI']);
  });

  it('is that of the pod, then AWS, then Google Cloud, then Azure', async () => {
    const jwt = bench.setup.providers.kubernetes.issueToken({
      namespace: 'a',
      serviceAccount: 'b',
    });
    const file = await bench.file('token', jwt);
    const urls = { aws: await aws(), gcp: await gcp(), azure: await azure() };
    const all = { identityId, metadataUrls: urls };
    bench.environment({ [TOKEN_PATH]: file });
    await bench.read(cloudClient(all));
    bench.environment({});
    await bench.read(cloudClient(all));
    await bench.read(cloudClient({ ...all, platforms: ['gcp', 'azure'] }));
    await bench.read(cloudClient({ ...all, platforms: ['azure', 'gcp'] }));
    expect(bench.logins).toEqual(
      ['kubernetes', 'aws', 'gcp', 'azure'].map(
        (name) => `/api/v1/auth/${name}-auth/login`,
      ),
    );
    expect(bench.logger.lines).toEqual([
      `Credentials: cloud identity (kubernetes, found by ${file}), for ${bench.url}`,
      `Credentials: cloud identity (aws, found by ${urls.aws}), for ${bench.url}`,
      `Credentials: cloud identity (gcp, found by ${urls.gcp}), for ${bench.url}`,
      `Credentials: cloud identity (azure, found by ${urls.azure}), for ${bench.url}`,
    ]);
  });

  it('is asked for once, in the cheapest way', async () => {
    const asked: string[] = [];
    const azureUrl = await azure(asked);
    // The address of AWS is that of Azure, too; it answers 404 there.
    const metadataUrls = { aws: azureUrl, azure: azureUrl };
    await bench.read(cloudClient({ identityId, metadataUrls }));
    expect(asked).toEqual([
      'PUT /latest/api/token',
      'GET /metadata/instance',
      'GET /metadata/identity/oauth2/token',
    ]);
  });

  it('is taken for AWS where its variables are, without a request', async () => {
    const asked: string[] = [];
    bench.environment({ AWS_REGION: 'eu-central-1' });
    const metadataUrls = { aws: await aws(asked) };
    await bench.read(cloudClient({ identityId, metadataUrls }));
    expect(asked).toEqual([]);
    expect(bench.logger.lines[0]).toContain('(aws, found by AWS_REGION)');
  });

  it('comes last, and its id may be in the environment', async () => {
    bench.environment({ INFISICAL_MACHINE_IDENTITY_ID: identityId });
    await bench.read(cloudClient({ metadataUrls: { gcp: await gcp() } }));
    expect(bench.logins).toEqual(['/api/v1/auth/gcp-auth/login']);
    bench.environment({});
    const error = await failureOf(bench.read(cloudClient({})));
    expect((error as InfisicalCredentialsError).tried[3]).toEqual({
      source: 'cloud identity',
      reason:
        'no identity: pass cloud.identityId, or set INFISICAL_MACHINE_IDENTITY_ID',
    });
  });

  it('obeys INFISICAL_AUTH_METHOD', async () => {
    const metadataUrls = { gcp: await gcp(), azure: await azure() };
    bench.environment({ INFISICAL_AUTH_METHOD: 'azure' });
    await bench.read(cloudClient({ identityId, metadataUrls }));
    expect(bench.logins).toEqual(['/api/v1/auth/azure-auth/login']);
    bench.environment({ INFISICAL_AUTH_METHOD: 'user' });
    const error = await failureOf(
      bench.read(cloudClient({ identityId, metadataUrls })),
    );
    expect(error.message).toContain(
      'cloud identity: INFISICAL_AUTH_METHOD asks for another login',
    );
  });

  it('is given up after a second where nothing answers', async () => {
    let asked: () => void = () => undefined;
    const url = await listening(() => asked());
    const { clock } = bench.setup;
    const client = bench.client({
      clock,
      auth: defaultCredentialProviders({
        home: bench.home,
        cloud: {
          identityId,
          metadataUrls: { aws: url, gcp: url, azure: url },
        },
      }),
    });
    let next = new Promise<void>((resolve) => (asked = resolve));
    const failure = failureOf(bench.read(client));
    for (const _platform of ['aws', 'gcp', 'azure']) {
      await next;
      next = new Promise<void>((resolve) => (asked = resolve));
      await clock.advance(1_000);
    }
    const error = await failure;
    expect(error).toBeInstanceOf(InfisicalCredentialsError);
    expect(error.message).toContain(
      'cloud identity: this is none of kubernetes, aws, gcp, azure',
    );
  });

  it('has its options checked', () => {
    const wrong = (cloud: unknown, text: string) =>
      expect(() =>
        defaultCredentialProviders({ cloud: cloud as CloudIdentityOptions }),
      ).toThrow(text);
    wrong(true, 'cloud must be an object');
    wrong({ identity: 'x' }, 'cloud has no option "identity"');
    wrong({ identityId: ' ' }, 'cloud.identityId');
    wrong({ platforms: ['ibm'] }, 'cloud.platforms must be a list of some of');
    wrong({ platforms: [] }, 'cloud.platforms');
    wrong(
      { metadataUrls: { gcp: 'x' } },
      'cloud.metadataUrls.gcp must be a URL',
    );
    expect(() => defaultCredentialProviders({ clouds: {} } as object)).toThrow(
      'has no option "clouds"',
    );
  });
});
