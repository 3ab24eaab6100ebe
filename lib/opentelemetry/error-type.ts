import { InfisicalError } from '../common/infisical.error.js';
import { InfisicalHttpError } from '../http/errors.js';

/** A code of the server or the runtime: a word or two, so that nothing else comes through. */
const CODE = /^[A-Za-z][A-Za-z0-9_]*( [A-Za-z]+)?$/;

/** Longest code that is repeated, in characters. */
const MAX_CODE = 64;

/** Errors of the platform that end a call. */
const ENDS = ['AbortError', 'TimeoutError'];

/** `error.type` as the semantic conventions want it: the status of a refusal, or else the class of the error. */
export function errorType(error: unknown): string {
  if (error instanceof InfisicalHttpError && error.status >= 400) {
    return String(error.status);
  }
  return errorClass(error);
}

/** Class and code of an error. Its message is left out: it may name a secret. */
export function errorText(error: unknown): string {
  const code =
    error instanceof InfisicalError && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.length <= MAX_CODE && CODE.test(code)
    ? `${errorClass(error)} ${code}`
    : errorClass(error);
}

/** What was thrown by others may have any name. */
function errorClass(error: unknown): string {
  if (error instanceof InfisicalError) return error.name;
  const name = (error as Partial<Error> | null | undefined)?.name;
  return ENDS.find((end) => end === name) ?? '_OTHER';
}
