import { InfisicalError } from '../common/infisical.error.js';
import { InfisicalAuthError, InfisicalRateLimitError } from '../http/errors.js';

/**
 * A given token does not work, and no login can replace it.
 *
 * @param reason what the server said of the token, if it was asked
 */
export function rejectedError(reason?: Error): InfisicalAuthError {
  const message =
    'The given access token has expired or was rejected, and there are no credentials to log in with.';
  const hint =
    'Pass a fresh auth.accessToken (a function is asked again), or use auth.universalAuth.';
  if (!(reason instanceof InfisicalAuthError)) {
    return new InfisicalAuthError(`${message} ${hint}`, {
      status: 401,
      code: 'TokenError',
      hint,
    });
  }
  // Said again and again while the token is the same, but nested once.
  const cause = (reason.cause as Error | undefined) ?? reason;
  const { status, code, reqId } = reason;
  return new InfisicalAuthError(`${message} ${hint}`, {
    status,
    code,
    reqId,
    hint,
    cause,
  });
}

/**
 * Other clients of this process were refused with the same identity.
 *
 * @param left milliseconds until it may be tried again
 * @param cause the latest refusal
 */
export function tooManyRefusalsError(
  refusals: number,
  left: number,
  cause: unknown,
): InfisicalRateLimitError {
  const hint =
    'Check the credentials of all roots and clients that log in as this identity.';
  return new InfisicalRateLimitError(
    `The server was not asked for a login: it has just refused ${refusals} of this identity, and one more would lock it for everyone. It is asked again in ${Math.ceil(left / 1000)} s. ${hint}`,
    {
      status: 429,
      code: 'RateLimitExceeded',
      retryable: true,
      retryAfterMs: left,
      hint,
      cause,
    },
  );
}

/** A token that no server renews. */
export function unrenewableError(): InfisicalError {
  return new InfisicalError(
    'This token belongs to a person: the server renews none of them, and there is no newer one. Log in again, such as by `infisical login`, or use a machine identity.',
  );
}

/** The client was used after its end. */
export function closedError(): InfisicalError {
  return new InfisicalError(
    'The Infisical client is closed. Create a new one, or close it later.',
  );
}
