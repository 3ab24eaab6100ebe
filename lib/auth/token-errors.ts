import { InfisicalError } from '../common/infisical.error.js';
import { InfisicalAuthError } from '../http/errors.js';

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
