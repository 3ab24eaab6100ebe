import type { ApiAnswer, ApiCall } from './api-call.js';
import { confidentialTexts, placeOf } from './call-texts.js';
import {
  type FailedRequest,
  toHttpError,
  toUnreadableAnswerError,
} from './error-mapper.js';
import type { TransportResponse } from './transport.js';

/** The most of a refused stream's answer that is read, in bytes. */
const MAX_REFUSAL = 64 * 1024;

/** What errors may tell of a call. */
export function failedRequest(call: ApiCall, token?: string): FailedRequest {
  return {
    method: call.method,
    path: call.path.text,
    place: placeOf(call),
    confidential: confidentialTexts(call.body, token),
  };
}

/** The body of an answer that is not a stream, as far as an error may need it. */
export async function readStart(
  body: AsyncIterable<Uint8Array>,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_REFUSAL) break;
  }
  return Buffer.concat(chunks);
}

/**
 * What an answer says.
 *
 * @throws InfisicalHttpError when it is a refusal, or not to be read
 */
export function readAnswer(
  response: TransportResponse,
  request: FailedRequest,
): ApiAnswer {
  const { status } = response;
  const { etag, date } = response.headers;
  if (status === 304) return { status, data: undefined, etag, date };
  if (status < 200 || status >= 300) throw toHttpError(response, request);
  let data: unknown;
  try {
    data = JSON.parse(response.body.toString('utf8'));
  } catch {
    throw toUnreadableAnswerError(response, request);
  }
  if (typeof data !== 'object' || data === null) {
    throw toUnreadableAnswerError(response, request);
  }
  return { status, data, etag, date };
}
