import type { FastifyReply, FastifyRequest } from 'fastify';
import { SOMETHING_WENT_WRONG, type ApiError } from './api-error.js';

interface ErrorBody {
  reqId: string;
  statusCode: number;
  message: unknown;
  error: string;
  details?: unknown;
}

interface AnyError {
  name?: string;
  message?: string;
  issues?: unknown;
}

const JWT_TEXTS: Record<string, string> = {
  'jwt expired': 'Your token has expired. Please re-authenticate.',
  'jwt malformed':
    'The provided access token is malformed. Please use a valid token or generate a new one and try again.',
  'invalid algorithm':
    'The access token is signed with an invalid algorithm. Please provide a valid token and try again.',
};

const JWT_ERRORS = new Set([
  'TokenExpiredError',
  'JsonWebTokenError',
  'NotBeforeError',
]);

/**
 * Turns whatever was thrown into an answer. What is not known is a 500, also
 * the framework's own errors: unreadable JSON, a body that is too large
 * (contract: auth §6).
 */
export function handleError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const body = describeError(error as AnyError, request.id);
  void reply.status(body.statusCode).send(body);
}

// Errors are told apart by name: they may come from another realm or copy.
function describeError(error: AnyError, reqId: string): ErrorBody {
  const name = error.name ?? '';
  if (name === 'ApiError') {
    const { statusCode, message, error: kind, details } = error as ApiError;
    const body: ErrorBody = { reqId, statusCode, message, error: kind };
    return details === undefined ? body : { ...body, details };
  }
  if (name === 'ZodError') {
    return {
      reqId,
      statusCode: 422,
      message: error.issues,
      error: 'ValidationFailure',
    };
  }
  if (name === 'URIError') {
    return {
      reqId,
      statusCode: 400,
      message: 'Malformed URL encoding in query parameters',
      error: 'BadRequest',
    };
  }
  if (JWT_ERRORS.has(name)) {
    const text = error.message ?? '';
    return {
      reqId,
      statusCode: 403,
      message: JWT_TEXTS[text] ?? text,
      error: 'TokenError',
    };
  }
  return {
    reqId,
    statusCode: 500,
    message: SOMETHING_WENT_WRONG,
    error: 'InternalServerError',
  };
}
