import * as five from '@infisical/sdk';
import assert from 'node:assert/strict';
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as three from 'infisical-sdk-3';
import * as four from 'infisical-sdk-4';
import { InfisicalEmulator } from '../../dist/esm/testing/index.js';
import { startPostgres } from './postgres.mjs';

const CLIENT_ID = '11111111-1111-4111-8111-111111111111';
const CLIENT_SECRET = 'emulator-client-secret';
const PROJECT_ID = '22222222-2222-4222-8222-222222222222';
const PROJECT_SLUG = 'demo';
const SCOPE = { projectId: PROJECT_ID, environment: 'dev' };

const MAJORS = [
  [3, three],
  [4, four],
  [5, five],
];

let postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

for (const [major, { InfisicalSDK }] of MAJORS) {
  describe(`the official client ${major}`, () => scenario(major, InfisicalSDK));
}

/** What the client of a major can do, against an emulator of its own. */
function scenario(major, InfisicalSDK) {
  let emulator;
  let sdk;

  before(async () => {
    emulator = await InfisicalEmulator.start();
    sdk = new InfisicalSDK({ siteUrl: emulator.url });
    await sdk.auth().universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
  });
  after(() => emulator.stop());

  describe('with Universal Auth', () => {
    it(
      'has an access token after the login',
      { skip: major < 4 && 'it does not tell' },
      () => {
        const token = sdk.auth().getAccessToken();
        assert.match(token, /^ey[\w-]+\.[\w-]+\.[\w-]+$/);
      },
    );

    it('takes a token that somebody else got', async () => {
      const accessToken = await tokenOf(emulator);
      const other = new InfisicalSDK({ siteUrl: emulator.url })
        .auth()
        .accessToken(accessToken);
      const { secrets } = await other.secrets().listSecrets(SCOPE);
      assert.deepEqual(secrets, []);
    });

    it('renews its token', async () => {
      const renewed = await sdk.auth().universalAuth.renew();
      const { secrets } = await renewed.secrets().listSecrets(SCOPE);
      assert.deepEqual(secrets, []);
    });

    it('reports a wrong secret', async () => {
      const stranger = new InfisicalSDK({ siteUrl: emulator.url });
      const login = stranger
        .auth()
        .universalAuth.login({ clientId: CLIENT_ID, clientSecret: 'wrong' });
      await assert.rejects(login, {
        name: 'InfisicalSDKRequestError',
        message: /\[StatusCode=401\] Invalid credentials/,
      });
    });

    it('reports a missing token', async () => {
      const stranger = new InfisicalSDK({ siteUrl: emulator.url });
      await assert.rejects(stranger.secrets().listSecrets(SCOPE), {
        message: /\[StatusCode=401\]/,
      });
    });
  });

  describe('with secrets', () => {
    it('creates and gets', async () => {
      const { secret } = await sdk.secrets().createSecret('API_KEY', {
        ...SCOPE,
        secretValue: 'first',
        secretComment: 'a comment',
      });
      assert.equal(secret.secretKey, 'API_KEY');
      const read = await sdk
        .secrets()
        .getSecret({ ...SCOPE, secretName: 'API_KEY' });
      assert.equal(read.secretValue, 'first');
      assert.equal(read.secretComment, 'a comment');
      assert.equal(read.version, 1);
      assert.equal(read.workspace, PROJECT_ID);
    });

    it('updates, and reads the old version', async () => {
      await sdk.secrets().updateSecret('API_KEY', {
        ...SCOPE,
        secretValue: 'second',
      });
      const options = { ...SCOPE, secretName: 'API_KEY' };
      const now = await sdk.secrets().getSecret(options);
      assert.deepEqual([now.secretValue, now.version], ['second', 2]);
      const old = await sdk.secrets().getSecret({ ...options, version: 1 });
      assert.equal(old.secretValue, 'first');
    });

    it('expands references', async () => {
      await sdk.secrets().createSecret('URL', {
        ...SCOPE,
        secretValue: 'https://x/?key=${API_KEY}',
      });
      const options = { ...SCOPE, secretName: 'URL' };
      const expanded = await sdk.secrets().getSecret(options);
      assert.equal(expanded.secretValue, 'https://x/?key=second');
      const raw = await sdk
        .secrets()
        .getSecret({ ...options, expandSecretReferences: false });
      assert.equal(raw.secretValue, 'https://x/?key=${API_KEY}');
    });

    it('lists a folder, and all below', async () => {
      const folder = await sdk
        .folders()
        .create({ ...SCOPE, name: 'payments', path: '/' });
      assert.equal(folder.name, 'payments');
      await sdk.secrets().createSecret('STRIPE', {
        ...SCOPE,
        secretPath: '/payments',
        secretValue: 'stripe',
      });
      const names = async (options) =>
        (await sdk.secrets().listSecrets({ ...SCOPE, ...options })).secrets
          .map(({ secretKey }) => secretKey)
          .sort();
      assert.deepEqual(await names({ secretPath: '/payments' }), ['STRIPE']);
      assert.deepEqual(await names({}), ['API_KEY', 'URL']);
      const all = await names({ recursive: true });
      assert.deepEqual(all, ['API_KEY', 'STRIPE', 'URL']);
    });

    it('hides values on request', async () => {
      const [secret] = (
        await sdk.secrets().listSecrets({ ...SCOPE, viewSecretValue: false })
      ).secrets;
      assert.equal(secret.secretValue, '<hidden-by-infisical>');
      assert.equal(secret.secretValueHidden, true);
    });

    it('merges imports', async () => {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${await tokenOf(emulator)}`,
      };
      const made = await fetch(`${emulator.url}/api/v2/secret-imports`, {
        method: 'POST',
        headers,
        body: JSON.stringify({
          ...SCOPE,
          environment: 'staging',
          import: { environment: 'dev', path: '/payments' },
        }),
      });
      assert.equal(made.status, 200);
      const secrets = await sdk.secrets().listSecretsWithImports({
        ...SCOPE,
        environment: 'staging',
      });
      const found = secrets.map(({ secretKey, secretValue }) => [
        secretKey,
        secretValue,
      ]);
      assert.deepEqual(found, [['STRIPE', 'stripe']]);
    });

    it('lists folders', { skip: major < 4 && 'it cannot' }, async () => {
      const folders = await sdk.folders().listFolders({ ...SCOPE, path: '/' });
      assert.deepEqual(
        folders.map(({ name }) => name),
        ['payments'],
      );
    });

    it('deletes, and then finds nothing', async () => {
      const { secret } = await sdk.secrets().deleteSecret('URL', SCOPE);
      assert.equal(secret.secretKey, 'URL');
      const gone = sdk.secrets().getSecret({ ...SCOPE, secretName: 'URL' });
      await assert.rejects(gone, {
        name: 'InfisicalSDKRequestError',
        message: /\[StatusCode=404\] Secret with name 'URL' not found/,
      });
    });
  });

  describe('with projects and environments', () => {
    it('creates a project, and an environment in it', async () => {
      const project = await sdk.projects().create({
        projectName: 'Another',
        slug: 'another-one',
        type: 'secret-manager',
      });
      assert.equal(project.slug, 'another-one');
      const environment = await sdk.environments().create({
        projectId: project.id,
        name: 'Test',
        slug: 'test',
        position: 1,
      });
      assert.equal(environment.slug, 'test');
      const { secret } = await sdk.secrets().createSecret('A', {
        projectId: project.id,
        environment: 'test',
        secretValue: 'a',
      });
      assert.equal(secret.workspace, project.id);
    });
  });

  if (major >= 4) describe('with the KMS', () => withKms());
  function withKms() {
    it('encrypts and decrypts with a key it created', async () => {
      const key = await sdk.kms().keys().create({
        projectId: PROJECT_ID,
        name: 'orders',
        keyUsage: 'encrypt-decrypt',
        encryptionAlgorithm: 'aes-256-gcm',
      });
      const byName = await sdk
        .kms()
        .keys()
        .getByName({ name: 'orders', projectId: PROJECT_ID });
      assert.equal(byName.id, key.id);

      const plaintext = Buffer.from('four – 4 ✓').toString('base64');
      const encryption = sdk.kms().encryption();
      const keyId = key.id;
      const ciphertext = await encryption.encrypt({ keyId, plaintext });
      assert.notEqual(ciphertext, plaintext);
      assert.equal(await encryption.decrypt({ keyId, ciphertext }), plaintext);
    });

    it('does not decrypt what was tampered with', async () => {
      const { id: keyId } = await sdk
        .kms()
        .keys()
        .getByName({ name: 'orders', projectId: PROJECT_ID });
      const encryption = sdk.kms().encryption();
      const plaintext = Buffer.from('x').toString('base64');
      const bytes = Buffer.from(
        await encryption.encrypt({ keyId, plaintext }),
        'base64',
      );
      bytes[0] ^= 1;
      const ciphertext = bytes.toString('base64');
      await assert.rejects(encryption.decrypt({ keyId, ciphertext }), {
        message: /\[StatusCode=500\]/,
      });
    });

    it('signs and verifies', async () => {
      const { id: keyId } = await sdk.kms().keys().create({
        projectId: PROJECT_ID,
        name: 'signer',
        keyUsage: 'sign-verify',
        encryptionAlgorithm: 'ECC_NIST_P256',
      });
      const signing = sdk.kms().signing();
      const algorithms = await signing.listSigningAlgorithms({ keyId });
      assert.deepEqual(algorithms, [
        'ECDSA_SHA_512',
        'ECDSA_SHA_384',
        'ECDSA_SHA_256',
      ]);
      const data = Buffer.from('hello').toString('base64');
      const signingAlgorithm = 'ECDSA_SHA_256';
      const { signature } = await signing.sign({
        keyId,
        data,
        signingAlgorithm,
      });
      const verify = (text) =>
        signing.verify({
          keyId,
          signature,
          signingAlgorithm,
          data: Buffer.from(text).toString('base64'),
        });
      assert.equal((await verify('hello')).signatureValid, true);
      assert.equal((await verify('other')).signatureValid, false);
      const publicKey = createPublicKey({
        key: Buffer.from(await signing.getPublicKey({ keyId }), 'base64'),
        format: 'der',
        type: 'spki',
      });
      const isGood = verifySignature(
        'sha256',
        Buffer.from('hello'),
        publicKey,
        Buffer.from(signature, 'base64'),
      );
      assert.equal(isGood, true);
    });

    it('deletes a key', async () => {
      const keys = sdk.kms().keys();
      const { id: keyId } = await keys.getByName({
        name: 'signer',
        projectId: PROJECT_ID,
      });
      await keys.delete({ keyId });
      await assert.rejects(
        keys.getByName({ name: 'signer', projectId: PROJECT_ID }),
        { message: /\[StatusCode=404\]/ },
      );
    });
  }

  describe('with a dynamic secret of PostgreSQL', () => {
    const PLACE = {
      projectSlug: PROJECT_SLUG,
      environmentSlug: 'dev',
      path: '/',
    };
    let lease;
    let credentials;

    const role = async () =>
      (
        await postgres.query(
          'SELECT rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = $1',
          [credentials.user],
        )
      )[0];
    const whoAmI = () =>
      postgres.query('SELECT current_user AS name', [], credentials);

    it('creates the dynamic secret', async () => {
      const { host, port, database, user, password } = postgres.admin;
      const created = await sdk.dynamicSecrets().create({
        ...PLACE,
        name: 'app-db',
        defaultTTL: '1h',
        maxTTL: '4h',
        provider: {
          type: 'sql-database',
          inputs: {
            client: 'postgres',
            host,
            port,
            database,
            username: user,
            password,
            creationStatement:
              "CREATE USER \"{{username}}\" WITH ENCRYPTED PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
            renewStatement:
              'ALTER ROLE "{{username}}" VALID UNTIL \'{{expiration}}\';',
            revocationStatement: 'DROP ROLE "{{username}}";',
          },
        },
      });
      assert.equal(created.name, 'app-db');
      assert.equal(created.type, 'sql-database');
    });

    it('creates a lease whose role can log in', async () => {
      const created = await sdk.dynamicSecrets().leases.create({
        ...PLACE,
        dynamicSecretName: 'app-db',
        ttl: '30m',
      });
      lease = created.lease;
      credentials = {
        user: created.data.DB_USERNAME,
        password: created.data.DB_PASSWORD,
      };
      assert.equal((await role()).rolcanlogin, true);
      assert.deepEqual(await whoAmI(), [{ name: credentials.user }]);
      assert.ok(minutesUntil(lease.expireAt) > 29);
    });

    it('renews the lease, and the role with it', async () => {
      const renewed = await sdk.dynamicSecrets().leases.renew(lease.id, {
        ...PLACE,
        ttl: '2h',
      });
      assert.equal(renewed.lease.id, lease.id);
      assert.ok(minutesUntil(renewed.lease.expireAt) > 119);
      assert.ok(minutesUntil((await role()).rolvaliduntil) > 119);
    });

    it('revokes the lease, and the role is gone', async () => {
      const { lease: revoked } = await sdk
        .dynamicSecrets()
        .leases.delete(lease.id, { ...PLACE, isForced: false });
      assert.equal(revoked.id, lease.id);
      await emulator.idle();
      assert.equal(await role(), undefined);
      // No such role, or its password is not accepted.
      await assert.rejects(whoAmI(), { code: /^28/ });
    });

    it('deletes the dynamic secret', async () => {
      const deleted = await sdk
        .dynamicSecrets()
        .delete('app-db', { ...PLACE, isForced: false });
      assert.equal(deleted.name, 'app-db');
      await emulator.idle();
      const lease = sdk
        .dynamicSecrets()
        .leases.create({ ...PLACE, dynamicSecretName: 'app-db' });
      await assert.rejects(lease, { message: /\[StatusCode=404\]/ });
    });
  });
}

async function tokenOf(emulator) {
  const login = await fetch(
    `${emulator.url}/api/v1/auth/universal-auth/login`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
      }),
    },
  );
  return (await login.json()).accessToken;
}

function minutesUntil(time) {
  return (new Date(time).getTime() - Date.now()) / 60_000;
}
