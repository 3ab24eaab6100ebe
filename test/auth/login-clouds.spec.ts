import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  InfisicalConfigError,
  InfisicalNetworkError,
  InfisicalTimeoutError,
} from 'nestjs-infisical';
import type { RequestListener } from 'node:http';
import { signAliCloud } from '../../lib/auth/ali-cloud.auth.js';
import { signV4 } from '../../lib/auth/sigv4.js';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { failureOf } from '../support/demo.js';
import { LoginBench } from '../support/logins.js';

const identityId = IDENTITY_ID;
const NOWHERE = 'http://127.0.0.1:1';

let bench: LoginBench;
afterEach(async () => {
  delete process.env.AWS_REGION;
  await bench.stop();
});

/** Answers with a text, and notes what was asked. */
function answering(
  text: (path: string) => string | undefined,
  asked: { line: string; headers: Record<string, unknown> }[] = [],
): RequestListener {
  return (request, response) => {
    const { method, url = '', headers } = request;
    asked.push({ line: `${method} ${url}`, headers });
    const body = text(url);
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  };
}

describe('signatures', () => {
  it('are those of the published examples of AWS', async () => {
    bench = await LoginBench.start({});
    const example = {
      keys: {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      },
      region: 'us-east-1',
      service: 'service',
      now: Date.UTC(2015, 7, 30, 12, 36),
    };
    const vanilla = signV4({
      ...example,
      headers: { Host: 'example.amazonaws.com' },
      body: '',
    });
    expect(vanilla.Authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
    const form = signV4({
      ...example,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Host: 'example.amazonaws.com',
      },
      body: 'Param1=value1',
    });
    expect(form).toEqual({
      'Content-Type': 'application/x-www-form-urlencoded',
      Host: 'example.amazonaws.com',
      'X-Amz-Date': '20150830T123600Z',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    });
  });

  it('are those of the published example of Alibaba Cloud', async () => {
    bench = await LoginBench.start({});
    const parameters = {
      Timestamp: '2016-02-23T12:46:24Z',
      Format: 'XML',
      AccessKeyId: 'testid',
      Action: 'DescribeRegions',
      SignatureMethod: 'HMAC-SHA1',
      SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
      Version: '2014-05-26',
      SignatureVersion: '1.0',
    };
    expect(signAliCloud(parameters, 'testsecret')).toBe(
      'OLeaidS1JvxuMvnyHOwuJ+uX5qY=',
    );
  });
});

describe('AWS', () => {
  const decode = (name: string) =>
    Buffer.from(String(bench.latest[name]), 'base64').toString();
  const keysOf = (temporary = false) => {
    const key = bench.setup.providers.aws.accessKey({ temporary });
    const { accessKeyId, secretAccessKey, sessionToken } = key;
    return { accessKeyId, secretAccessKey, sessionToken };
  };

  it('§4 sends method, body and headers in Base64', async () => {
    bench = await LoginBench.start({ awsAuth: {} });
    const credentials = keysOf(true);
    process.env.AWS_REGION = 'us-west-2';
    await bench.read(bench.client({ awsAuth: { identityId, credentials } }));
    expect(bench.latest.iamHttpRequestMethod).toBe('POST');
    expect(decode('iamRequestBody')).toBe(
      'Action=GetCallerIdentity&Version=2011-06-15',
    );
    expect(JSON.parse(decode('iamRequestHeaders'))).toEqual({
      'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      Host: 'sts.us-west-2.amazonaws.com',
      'X-Amz-Date': '20260101T000000Z',
      'X-Amz-Security-Token': credentials.sessionToken,
      Authorization: expect.stringMatching(
        /SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it('§4 asks the instance for its region, with a session', async () => {
    bench = await LoginBench.start({ awsAuth: {} });
    const asked: Parameters<typeof answering>[1] = [];
    const metadataUrl = await bench.metadata(
      answering(
        (path) =>
          path === '/latest/api/token' ? 'session' : '{"region":"ap-south-1"}',
        asked,
      ),
    );
    const credentials = keysOf();
    const auth = { awsAuth: { identityId, credentials, metadataUrl } };
    await bench.read(bench.client(auth));
    expect(decode('iamRequestHeaders')).toContain('sts.ap-south-1.amazon');
    expect(asked).toMatchObject([
      {
        line: 'PUT /latest/api/token',
        headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' },
      },
      {
        line: 'GET /latest/dynamic/instance-identity/document',
        headers: { 'x-aws-ec2-metadata-token': 'session' },
      },
    ]);
  });

  it('says what to do where there is no instance, region or package', async () => {
    bench = await LoginBench.start({ awsAuth: {} });
    const credentials = keysOf();
    const elsewhere = { identityId, credentials, metadataUrl: NOWHERE };
    const error = await failureOf(
      bench.read(bench.client({ awsAuth: elsewhere })),
    );
    expect(error).toBeInstanceOf(InfisicalNetworkError);
    expect(error.message).toBe(
      'No answer from the metadata server of AWS EC2 (127.0.0.1:1): ECONNREFUSED. This login works only on AWS EC2. Elsewhere pass auth.awsAuth.region, or set AWS_REGION.',
    );
    expect(() =>
      bench.client({ awsAuth: { identityId, region: 'Us_East' } }),
    ).toThrow('auth.awsAuth.region must be a region of AWS');
    process.env.AWS_REGION = 'evil.test/';
    const odd = bench.client({ awsAuth: { identityId, credentials } });
    expect((await failureOf(bench.read(odd))).message).toContain('AWS_REGION');
    const bare = bench.client({ awsAuth: { identityId, region: 'x' } });
    const missing = await failureOf(bench.read(bare));
    expect(missing).toBeInstanceOf(InfisicalConfigError);
    expect(missing.message).toBe(
      'auth.awsAuth without credentials needs the package "@aws-sdk/credential-providers", which is not installed. Run: npm install @aws-sdk/credential-providers',
    );
    const broken = () => Promise.resolve({ accessKeyId: 'a' } as never);
    const half = bench.client({
      awsAuth: { identityId, credentials: broken, region: 'x' },
    });
    expect((await failureOf(bench.read(half))).message).toContain(
      'auth.awsAuth.credentials.secretAccessKey is missing',
    );
    expect(bench.sent).toEqual([]);
  });

  it('takes the keys that the AWS SDK finds', async () => {
    bench = await LoginBench.start({ awsAuth: {} });
    jest.unstable_mockModule(
      '@aws-sdk/credential-providers',
      () => ({ fromNodeProviderChain: () => () => Promise.resolve(keysOf()) }),
      { virtual: true },
    );
    const client = bench.client({ awsAuth: { identityId, region: 'x-1' } });
    expect(await bench.read(client)).toEqual([]);
  });
});

describe('Google Cloud', () => {
  it('§4 asks for a full id token for the identity, and trims it', async () => {
    bench = await LoginBench.start({
      gcpAuth: { allowedProjects: ['emulator-project'] },
    });
    const { gcp } = bench.setup.providers;
    const asked: Parameters<typeof answering>[1] = [];
    const metadataUrl = await bench.metadata(
      answering(
        (path) =>
          `${gcp.issueIdToken({
            audience: new URL(path, NOWHERE).searchParams.get('audience') ?? '',
            serviceAccount: 'a@b.c',
            zone: 'europe-west1-b',
          })}\n`,
        asked,
      ),
    );
    const auth = { gcpIdTokenAuth: { identityId, metadataUrl } };
    await bench.read(bench.client(auth));
    expect(asked).toMatchObject([
      {
        line: `GET /computeMetadata/v1/instance/service-accounts/default/identity?audience=${identityId}&format=full`,
        headers: { 'metadata-flavor': 'Google' },
      },
    ]);
  });

  it('§4 signs the JWT of a service account with the id of its key', async () => {
    bench = await LoginBench.start({ gcpAuth: { type: 'iam' } });
    const account = 'app@emulator.iam.gserviceaccount.com';
    const key = bench.setup.providers.gcp.serviceAccountKey(account);
    const auth = { gcpIamAuth: { identityId, serviceAccountKey: key } };
    await bench.read(bench.client(auth));
    const [header, payload] = String(bench.latest.jwt)
      .split('.')
      .slice(0, 2)
      .map(
        (part) =>
          JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown,
      );
    const iat = bench.setup.clock.now() / 1000;
    expect(header).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: key.private_key_id,
    });
    expect(payload).toEqual({
      sub: account,
      aud: identityId,
      iat,
      exp: iat + 300,
    });
  });

  it('refuses a key that is none, without telling it', async () => {
    bench = await LoginBench.start({ gcpAuth: { type: 'iam' } });
    const serviceAccountKey = '{"client_email":"a","private_key":"hidden-key"}';
    const error = await failureOf(
      bench.read(
        bench.client({ gcpIamAuth: { identityId, serviceAccountKey } }),
      ),
    );
    expect(error.message).toContain(
      'auth.gcpIamAuth.serviceAccountKey has no "private_key_id"',
    );
    const wrong = {
      client_email: 'a',
      private_key_id: 'b',
      private_key: 'hidden-key',
    };
    const refused = await failureOf(
      bench.read(
        bench.client({ gcpIamAuth: { identityId, serviceAccountKey: wrong } }),
      ),
    );
    expect(refused).toBeInstanceOf(InfisicalConfigError);
    expect(refused.message).toContain('serviceAccountKey.private_key cannot');
    expect(`${error.stack} ${refused.stack}`).not.toContain('hidden-key');
  });
});

describe('Azure', () => {
  it('§4 asks for a token of the resource and the identity', async () => {
    const resource = 'api://infisical/?a&b';
    bench = await LoginBench.start({ azureAuth: { resource } });
    const { azure } = bench.setup.providers;
    const asked: Parameters<typeof answering>[1] = [];
    const metadataUrl = await bench.metadata(
      answering((path) => {
        const query = new URL(path, NOWHERE).searchParams;
        const token = azure.issueToken({
          resource: query.get('resource') ?? '',
        });
        return JSON.stringify({ access_token: token });
      }, asked),
    );
    const options = { identityId, resource, clientId: 'client', metadataUrl };
    await bench.read(bench.client({ azureAuth: options }));
    expect(asked).toMatchObject([
      {
        line: 'GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Finfisical%2F%3Fa%26b&client_id=client',
        headers: { metadata: 'true' },
      },
    ]);
  });

  it('§4 asks for the management API when no resource is named', async () => {
    bench = await LoginBench.start({ azureAuth: {} });
    const token = bench.setup.providers.azure.issueToken();
    const asked: Parameters<typeof answering>[1] = [];
    const metadataUrl = await bench.metadata(
      answering(() => JSON.stringify({ access_token: token }), asked),
    );
    await bench.read(bench.client({ azureAuth: { identityId, metadataUrl } }));
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F',
    ]);
  });
});

describe('a metadata server', () => {
  const azure = (metadataUrl: string) => ({
    azureAuth: { identityId, metadataUrl },
  });

  it('that refuses, or answers something else, is named', async () => {
    bench = await LoginBench.start({ azureAuth: {} });
    const answers = [undefined, 'a page', '{"access_token":5}'];
    for (const text of answers) {
      const metadataUrl = await bench.metadata(answering(() => text));
      const error = await failureOf(
        bench.read(bench.client(azure(metadataUrl))),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toContain('This login works only on Azure.');
      expect(error.message).not.toContain('a page');
    }
    expect(bench.sent).toEqual([]);
    expect(() => bench.client(azure('here'))).toThrow(
      'auth.azureAuth.metadataUrl must be a URL',
    );
  });

  it('that hangs is given up after five seconds', async () => {
    bench = await LoginBench.start({ azureAuth: {} });
    const metadataUrl = await bench.metadata(() => undefined);
    const { clock } = bench.setup;
    const client = bench.client(azure(metadataUrl), clock);
    const failure = failureOf(bench.read(client));
    await clock.advance(11_000);
    const error = await failure;
    expect(error).toBeInstanceOf(InfisicalTimeoutError);
    expect(error.message).toMatch(
      /^No answer from the metadata server of Azure \(127\.0\.0\.1:\d+\) within 5000 ms\. This login works only on Azure\./,
    );
  });
});
