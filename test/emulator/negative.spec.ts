import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { type Answer, contract, PROJECT_ID } from '../support/emulator-http.js';
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

/** What would tell of the inside: a stack, a file, a package. */
const INSIDE = /\n\s+at |node_modules|\.[cm]?[jt]s:\d|node:internal/;
const EVENTS = 'POST /api/v1/events/subscribe/project-events';

/** Where the contract answers something else, by operation and mutation. */
const EXCEPTIONS: readonly (readonly [RegExp, RegExp, number])[] = [];
/** Where the contract has a 500. */
const FAILURES: readonly (readonly [RegExp, RegExp])[] = [];

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

void PROJECT_ID;
void DEV;
void connect;
