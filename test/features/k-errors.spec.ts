import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalAuthError,
  InfisicalError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalRateLimitError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { failureOf } from '../support/demo.js';
import { NetworkBench } from '../support/network.js';

const LOGIN = {
  accessToken: 'token',
  expiresIn: 600,
  accessTokenMaxTTL: 600,
  tokenType: 'Bearer',
};

describe('the error of an answer', () => {
  let bench: NetworkBench;

  beforeEach(() => {
    bench = new NetworkBench();
  });

  afterEach(() => bench.stop());

  it.each([
    [400, 'BadRequest', InfisicalValidationError, false],
    [401, 'UnauthorizedError', InfisicalAuthError, false],
    [403, 'TokenError', InfisicalAuthError, false],
    [403, 'PermissionDenied', InfisicalPermissionError, false],
    [404, 'NotFound', InfisicalNotFoundError, false],
    [422, 'ValidationFailure', InfisicalValidationError, false],
    [429, 'RateLimitExceeded', InfisicalRateLimitError, true],
    [500, 'InternalServerError', InfisicalHttpError, false],
    [503, 'ServiceUnavailable', InfisicalHttpError, true],
  ] as const)(
    '%i %s has a class and its status, name and request id in fields',
    async (status, code, Type, retryable) => {
      const body = { reqId: 'req-7', statusCode: status, message: 'why' };
      const siteUrl = await bench.http((request, response) => {
        const isLogin = request.url?.endsWith('/login');
        response.writeHead(isLogin ? 200 : status, {
          'content-type': 'application/json',
        });
        response.end(
          JSON.stringify(isLogin ? LOGIN : { ...body, error: code }),
        );
      });
      const client = bench.client({
        siteUrl,
        retry: { attempts: 1 },
        auth: { universalAuth: { clientId: 'id', clientSecret: 'secret' } },
      });
      const error = await failureOf(client.request('GET', '/api/v1/thing'));
      expect(error.constructor).toBe(Type);
      expect(error).toBeInstanceOf(InfisicalError);
      expect(error).toMatchObject({ status, code, reqId: 'req-7', retryable });
      expect(error.message).toContain('why');
      expect(error.message).toContain('(reqId req-7)');
    },
  );
});
