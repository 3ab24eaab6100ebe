import {
  afterEach,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { CredentialBench } from '../support/credentials.js';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { CLIENT_ID, CLIENT_SECRET } from '../support/demo.js';

let bench: CredentialBench;

beforeEach(async () => {
  bench = await CredentialBench.start({ kubernetesAuth: {} });
});

afterEach(() => bench.stop());

describe('a token from a function', () => {
  it('is asked for again when the one before does not work any more', async () => {
    const issuer = bench.client({
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
    });
    const issue = jest.fn(async () => {
      const { accessToken } = await issuer.auth.universalAuth.login({
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
      });
      return `Bearer ${accessToken.reveal()}`;
    });
    const client = bench.client({ auth: { accessToken: issue } });
    expect(await bench.read(client)).toEqual([]);
    expect(await bench.read(client)).toEqual([]);
    expect(issue).toHaveBeenCalledTimes(1);
    bench.setup.emulator.trouble.revokeTokens();
    expect(await bench.read(client)).toEqual([]);
    expect(issue).toHaveBeenCalledTimes(2);
  });
});

describe('a token set by hand', () => {
  it('is used from then on, in the place of a login', async () => {
    const universalAuth = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
    const client = bench.client({ auth: { universalAuth } });
    const { accessToken } =
      await client.auth.universalAuth.login(universalAuth);
    const other = bench.client({ auth: { accessToken: 'wrong' } });
    await other.auth.accessToken(`bearer ${accessToken.reveal()}`);
    expect(await bench.read(other)).toEqual([]);
    const current = await other.auth.getAccessToken();
    expect(current.reveal()).toBe(accessToken.reveal());
    expect(bench.logins).toHaveLength(1);
  });
});

describe('the token file of Kubernetes', () => {
  it.each([
    'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH',
    'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH_ENV_NAME',
  ])('is named by %s', async (name) => {
    const jwt = bench.setup.providers.kubernetes.issueToken({
      namespace: 'a',
      serviceAccount: 'b',
    });
    bench.environment({
      INFISICAL_KUBERNETES_IDENTITY_ID: IDENTITY_ID,
      [name]: await bench.file('token', jwt),
    });
    expect(await bench.read(bench.client())).toEqual([]);
    expect(bench.logins).toEqual(['/api/v1/auth/kubernetes-auth/login']);
  });
});
