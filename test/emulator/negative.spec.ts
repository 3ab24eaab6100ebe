import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { type Answer, contract } from '../support/emulator-http.js';
import {
  bodyMutations,
  type Mutation,
  parameterMutations,
} from '../support/mutations.js';
import { DEV, OperationWorld } from '../support/operation-world.js';
import {
  OPERATIONS,
  pathOf,
  type ValidRequest,
} from '../support/operations.js';
import { requestSchemas } from '../support/request-schemas.js';

/** What would tell of the inside: a stack, a file, a package. */
const INSIDE = /\n\s+at |node_modules|\.[cm]?[jt]s:\d|node:internal/;
const EVENTS = 'POST /api/v1/events/subscribe/project-events';

/** Where something else than 422 is right: status by operation and change. */
const EXCEPTIONS: readonly (readonly [RegExp, RegExp, number])[] = [
  // KMS §3.2: any config passes the schema, the provider refuses it.
  [/POST \S+\/leases$/, /^config is of a wrong type/, 400],
];

/** Where the contract has a 500: by operation and change. */
const FAILURES: readonly (readonly [RegExp, RegExp])[] = [
  // auth §2.4: a signature the cloud's STS refuses.
  [/aws-auth/, /^iam/],
  [/oci-auth/, /^(userOcid|headers)/],
  [/alicloud-auth/, /^(AccessKeyId|Signature)/],
  // auth §2.4: an id token that is none.
  [/(gcp|azure)-auth/, /^jwt/],
  // KMS §1.3: what does not decrypt.
  [/decrypt$/, /^ciphertext/],
  // KMS §0.1: a TTL nobody can read passes, and is not a date then.
  [/leases/, /^ttl is too long/],
  // KMS §3.2, secrets §13.7: an id that is no UUID does not reach its table.
  [/\/leases\/\{leaseId\}/, /^\{leaseId\}/],
  [/\/(secrets|secret|raw)\/(id\/)?\{secretId\}/, /^\{secretId\}/],
  [/^GET \S+\/folders\/\{id\}/, /^\{id\}/],
  [/\/secret-imports\/\{secretImportId\}/, /^\{secretImportId\}/],
  [/\/webhooks\/\{webhookId\}/, /^\{webhookId\}/],
  [/\/tags\/\{tagId\}/, /^\{tagId\}/],
  // secrets §13.4: the same import twice.
  [/\/secret-imports/, /^import\.path/],
];

let world: OperationWorld;
beforeAll(async () => {
  world = await OperationWorld.start();
});
afterAll(() => world.emulator.stop());

function send(operation: string, request: ValidRequest): Promise<Answer> {
  const [method = ''] = operation.split(' ');
  const { body, query, headers } = request;
  const token = request.token === undefined ? world.http.token : request.token;
  return world.http.send(method, pathOf(operation, request.params), {
    ...(body && { body }),
    ...(query && { query }),
    ...(headers && { headers }),
    token: token ?? undefined,
  });
}

describe('one thing wrong in a request', () => {
  const names = contract().names();
  const schemas = requestSchemas();

  it.each(names)('of %s', async (operation) => {
    const make = async (): Promise<ValidRequest> =>
      (await OPERATIONS[operation]?.(world)) ?? {};
    const request = await make();
    const schema = schemas.get(operation)?.body;
    const mutations: Mutation[] = [
      ...(schema && request.body ? bodyMutations(schema, request.body) : []),
      ...parameterMutations(schemas.get(operation)?.parameters ?? [], request),
    ];
    const wrong: string[] = [];
    let current = request;
    for (const mutation of mutations) {
      if (operation === EVENTS && !mutation.isInvalid) continue;
      const answer = await send(operation, mutation.apply(current));
      const problem = judge(operation, mutation, answer);
      if (problem) wrong.push(`${mutation.name}: ${problem}`);
      // It may have used up what it was about.
      if (answer.status === 200) current = await make();
    }
    expect(wrong).toEqual([]);
  });
});

/** What is wrong with an answer, besides its form, which is checked already. */
function judge(
  operation: string,
  { name, isInvalid }: Mutation,
  { status, text }: Answer,
): string | undefined {
  if (INSIDE.test(text)) return `tells of the inside: ${text}`;
  const exception = EXCEPTIONS.find(
    ([route, what]) => route.test(operation) && what.test(name),
  );
  if (exception) {
    return status === exception[2] ? undefined : `${status} ${text}`;
  }
  if (isInvalid) return status === 422 ? undefined : `${status} ${text}`;
  const mayFail = FAILURES.some(
    ([route, what]) => route.test(operation) && what.test(name),
  );
  return status < 500 || mayFail ? undefined : `${status} ${text}`;
}

describe('hostile input', () => {
  /** Sends bytes as they are, and gives all that comes back. */
  const sendRaw = (text: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(world.emulator.url);
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => socket.end(text));
      socket.on('data', (chunk) => chunks.push(chunk));
      // A server that closes before it has read everything resets the connection.
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (!['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) reject(error);
      });
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });
  const post = (body: string | Buffer, path = '/api/v4/secrets/HOSTILE') =>
    sendRaw(
      Buffer.concat([
        Buffer.from(
          `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${world.http.token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
        ),
        Buffer.from(body),
      ]),
    );
  const get = (path: string) =>
    sendRaw(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${world.http.token}\r\n\r\n`,
    );
  const statusOf = (answer: string) => Number(answer.split(' ')[1]);
  const isUnharmed = async (answer: string) => {
    expect(answer).not.toMatch(INSIDE);
    expect((await world.http.get('/api/v4/secrets/A', DEV)).status).toBe(200);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  };

  it.each<[string, string | Buffer, number]>([
    ['a prototype', '{"__proto__":{"polluted":1}}', 500],
    ['a constructor', '{"constructor":{"prototype":{"polluted":1}}}', 500],
    ['no JSON', '{"a":', 500],
    ['nothing', '', 500],
    ['null', 'null', 422],
    ['a list', '[]', 422],
    ['a number', '7', 422],
    [
      'invalid UTF-8',
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      422,
    ],
    ['a byte-order mark', '\ufeff{}', 422],
    [
      'a mebibyte and more',
      `{"secretValue":"${'x'.repeat(1024 * 1024)}"}`,
      500,
    ],
    ['deep nesting', '['.repeat(50_000) + ']'.repeat(50_000), 422],
  ])('auth §6: a body with %s', async (_name, body, status) => {
    const answer = await post(body);
    expect([statusOf(answer), answer.slice(-200)]).toEqual([
      status,
      expect.anything(),
    ]);
    await isUnharmed(answer);
  });

  it.each([
    '/api/v4/secrets/%ff?projectId=x',
    '/api/v4/secrets/A?projectId=%ff%fe',
    '/api/v4/secrets/A?projectId=%',
    '/api/v4/secrets/%2e%2e%2f%2e%2e',
    '/api/v4/secrets/../../../../etc/passwd',
    '/api/v4/secrets/A%00B?projectId=x&environment=dev',
    '/api/v4/secrets?__proto__[polluted]=1&projectId=x&environment=dev',
    '/api/v4/secrets?constructor.prototype.polluted=1',
    `/api/v4/secrets/${'x'.repeat(10_000)}`,
    `/api/v4/secrets?projectId=${'x'.repeat(10_000)}`,
    '//api/v4/secrets',
    '/api/v4/secrets/A?projectId=1&projectId=2',
    'http://evil.test/api/v4/secrets',
    '*',
  ])('the URL %s does no harm', async (path) => {
    const answer = await get(path);
    expect(statusOf(answer)).toBeGreaterThanOrEqual(200);
    expect(statusOf(answer)).toBeLessThan(500);
    await isUnharmed(answer);
  });

  it.each([
    ['nonsense', 'NONSENSE\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    [
      'a header of 100 000 bytes',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    ],
    [
      'a broken chunk',
      'POST /api/v4/secrets/A HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
    [
      'a control character',
      'GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \u0001\r\n\r\n',
    ],
  ])('%s in place of a request does no harm', async (_name, bytes) => {
    await isUnharmed(await sendRaw(bytes));
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a secret may be called %s',
    async (name) => {
      const path = `/api/v4/secrets/${name}`;
      expect((await world.http.get(path, DEV)).status).toBe(404);
      const made = await world.http.post(path, { ...DEV, secretValue: name });
      expect(made.status).toBe(200);
      const read = await world.http.get(path, DEV);
      expect(read.body.secret).toMatchObject({ secretValue: name });
      const list = await world.http.get('/api/v4/secrets', DEV);
      expect(list.text).toContain(`"secretKey":"${name}"`);
      expect((await world.http.delete(path, DEV)).status).toBe(200);
    },
  );

  it.each(['__proto__', 'constructor', 'x\0y', '../..', '..', '/a/../b'])(
    'the path %j leads nowhere',
    async (secretPath) => {
      const read = await world.http.get('/api/v4/secrets', {
        ...DEV,
        secretPath,
      });
      expect([400, 404]).toContain(read.status);
      const other = await world.http.get('/api/v4/secrets', {
        ...DEV,
        environment: secretPath,
      });
      expect(other.status).toBe(404);
    },
  );

  it('auth §6: a secret of 900 KiB passes, one of more than 1 MiB does not', async () => {
    const path = '/api/v4/secrets/BIG';
    const big = 'x'.repeat(900 * 1024);
    const made = await world.http.post(path, { ...DEV, secretValue: big });
    expect(made.status).toBe(200);
    const secretValue = 'x'.repeat(1024 * 1024);
    const refused = await world.http.patch(path, { ...DEV, secretValue });
    expect(refused.status).toBe(500);
    await world.http.delete(path, DEV);
  });
});
