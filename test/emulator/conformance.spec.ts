import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, contract } from '../support/emulator-http.js';
import { OperationWorld } from '../support/operation-world.js';
import {
  OPERATIONS,
  pathOf,
  type ValidRequest,
} from '../support/operations.js';

// Every answer is compared with the OpenAPI files on the way.
const names = contract().names();
const secured = new Set(contract().securedNames());
const EVENTS = 'POST /api/v1/events/subscribe/project-events';

/** How an operation refuses somebody who sends a good token. */
const REFUSALS: Record<string, [number, Partial<ValidRequest>?]> = {
  'GET /api/status': [403, { token: 'x' }],
  'GET /api/v1/identities/details': [403, { token: 'x' }],
  'GET /api/v2/service-token': [404, { token: 'st.0.0' }],
  'GET /api/v1/projects': [403, { token: 'x' }],
  // secrets §6: 400, and not 404, unlike a read.
  'DELETE /api/v1/projects/{projectId}/tags/{tagId}': [400],
};

describe('every operation of the contract', () => {
  let world: OperationWorld;
  beforeAll(async () => {
    world = await OperationWorld.start();
  });
  afterAll(() => world.emulator.stop());

  const send = (operation: string, request: ValidRequest): Promise<Answer> => {
    const [method = ''] = operation.split(' ');
    const { body, query, headers } = request;
    const token =
      request.token === undefined ? world.http.token : request.token;
    return world.http.send(method, pathOf(operation, request.params), {
      ...(body && { body }),
      ...(query && { query }),
      ...(headers && { headers }),
      token: token ?? undefined,
    });
  };
  const valid = async (operation: string): Promise<ValidRequest> =>
    (await OPERATIONS[operation]?.(world)) ?? {};

  it('is in the table, and nothing else', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual([...names].sort());
  });

  it.each(names.filter((name) => name !== EVENTS))(
    '%s succeeds',
    async (operation) => {
      const answer = await send(operation, await valid(operation));
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
    },
  );

  it(`${EVENTS} succeeds`, async () => {
    const { body } = await valid(EVENTS);
    const stop = new AbortController();
    const response = await fetch(world.emulator.url + pathOf(EVENTS), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${world.http.token}`,
      },
      body: JSON.stringify(body),
      signal: stop.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    contract().check('POST', pathOf(EVENTS), 200, undefined);
    stop.abort();
  });

  it.each(names.filter((name) => secured.has(name)))(
    '%s wants a token',
    async (operation) => {
      const request = await valid(operation);
      const answer = await send(operation, { ...request, token: null });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ message: 'Token missing' });
    },
  );

  it.each(names)('%s refuses what it cannot do', async (operation) => {
    const [method = ''] = operation.split(' ');
    const request = await valid(operation);
    const usual = defaultRefusal(method, request);
    const [status, change = usual[1]] = REFUSALS[operation] ?? usual;
    const answer = await send(operation, { ...request, ...change });
    expect([answer.status, answer.text]).toEqual([status, answer.text]);
  });

  it('was exercised, with success and with an error', () => {
    const exercised = contract().exercised();
    const lacking = names.filter((name) => {
      const statuses = exercised.get(name) ?? [];
      return !statuses.includes(200) || !statuses.some((one) => one >= 400);
    });
    expect(lacking).toEqual([]);
  });
});

/** An unreadable body, or a thing that is not there. */
function defaultRefusal(
  method: string,
  request: ValidRequest,
): [number, Partial<ValidRequest>] {
  const { params = {}, query, body } = request;
  if (method !== 'GET' && body && Object.keys(body).length > 0) {
    return [
      422,
      {
        body: Object.fromEntries(
          Object.keys(body).map((key) => [key, { no: 1 }]),
        ),
      },
    ];
  }
  const ids = Object.keys(params);
  const last = ids[ids.length - 1];
  if (last !== undefined) {
    const unknown = '99999999-9999-4999-8999-999999999999';
    return [404, { params: { ...params, [last]: unknown } }];
  }
  return query && 'projectId' in query
    ? [404, { query: { ...query, projectId: 'no' } }]
    : [404, { query: { ...query, workspaceId: 'no', projectSlug: 'no' } }];
}
