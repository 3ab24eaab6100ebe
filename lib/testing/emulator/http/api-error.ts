/** An answer other than success, in the words of the contract. */
export class ApiError extends Error {
  constructor(
    readonly statusCode: number,
    readonly error: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const NOT_ALLOWED = 'You are not allowed to access this resource';
export const SOMETHING_WENT_WRONG = 'Something went wrong';

export const badRequest = (message: string, error = 'BadRequest'): ApiError =>
  new ApiError(400, error, message);

export const unauthorized = (message = NOT_ALLOWED): ApiError =>
  new ApiError(401, 'UnauthorizedError', message);

export const forbidden = (
  message = NOT_ALLOWED,
  error = 'ForbiddenError',
): ApiError => new ApiError(403, error, message);

/** A denial by role; `rules` are those that were looked at. */
export const permissionDenied = (
  action: string,
  subject: string,
  rules: readonly object[] = [],
): ApiError =>
  new ApiError(
    403,
    'PermissionDenied',
    `You are not allowed to ${action} on ${subject}`,
    rules,
  );

export const notFound = (
  message = 'The requested entity is not found',
  error = 'NotFound',
): ApiError => new ApiError(404, error, message);

/** What a failed database call looks like: its text is never told. */
export const databaseError = (): ApiError =>
  new ApiError(500, 'DatabaseError', SOMETHING_WENT_WRONG);
