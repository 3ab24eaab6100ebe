import type { Clock } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  InfisicalNetworkError,
  InfisicalTimeoutError,
} from '../http/errors.js';
import type { TransportResponse } from '../http/transport.js';
import { UndiciTransport } from '../http/undici.transport.js';

/** A question to the metadata server of a cloud. */
export interface MetadataRequest {
  /** As in "works only on AWS". */
  readonly platform: string;
  /** Origin of the metadata server. */
  readonly url: string;
  readonly method?: 'GET' | 'PUT';
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the user may do instead, or check. */
  readonly advice: string;
  /** Milliseconds to wait for the answer. Default 5 s. */
  readonly timeout?: number;
}

/** A metadata server is one hop away: it answers at once, or is not there. */
const METADATA_TIMEOUT = 5_000;

/**
 * Asks once, without a retry and past every proxy.
 *
 * @throws InfisicalNetworkError or InfisicalTimeoutError when there is no such server here
 * @throws InfisicalConfigError when it refuses
 */
export async function askMetadata(
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
  request: MetadataRequest,
): Promise<string> {
  const { platform, advice, timeout = METADATA_TIMEOUT } = request;
  const site = new URL(request.url);
  const where = `the metadata server of ${platform} (${site.host})`;
  const hint = `This login works only on ${platform}. ${advice}`;
  const late = new AbortController();
  const timer = clock.setTimeout(() => {
    const text = `No answer from ${where} within ${timeout} ms. ${hint}`;
    late.abort(new InfisicalTimeoutError(text, timeout));
  }, timeout);
  const transport = new UndiciTransport(site);
  try {
    const { status, body } = await transport.send({
      method: request.method ?? 'GET',
      target: request.target,
      headers: request.headers,
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (status === 200) return body.toString('utf8').trim();
    throw refusal(status, where, hint);
  } catch (error) {
    if (!(error instanceof InfisicalNetworkError)) throw error;
    const { code, sent, retryable } = error;
    throw new InfisicalNetworkError(
      `No answer from ${where}: ${code}. ${hint}`,
      {
        code,
        sent,
        retryable,
      },
    );
  } finally {
    clock.clearTimeout(timer);
    await transport.close();
  }
}

/**
 * The text under `key` of a JSON answer.
 *
 * @throws InfisicalConfigError when it is not there
 */
export function readMetadata(
  json: string,
  key: string,
  { platform, advice }: Pick<MetadataRequest, 'platform' | 'advice'>,
): string {
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[key];
    if (typeof value === 'string' && value) return value;
  } catch {
    // Not JSON: the same as JSON without the text.
  }
  throw new InfisicalConfigError(
    `The metadata server of ${platform} gave no "${key}". This login works only on ${platform}. ${advice}`,
  );
}

function refusal(
  status: TransportResponse['status'],
  where: string,
  hint: string,
): Error {
  const text = `Status ${status} from ${where}. ${hint}`;
  return status === 429 || status >= 500
    ? new InfisicalNetworkError(text, {
        code: 'METADATA_UNAVAILABLE',
        sent: true,
        retryable: true,
      })
    : new InfisicalConfigError(text);
}

/**
 * The origin of a metadata server that was given as an option.
 *
 * @throws InfisicalConfigError when it is not an http URL
 */
export function allowMetadataUrl(value: unknown, option: string): void {
  if (value === undefined) return;
  if (typeof value === 'string' && /^https?:\/\/[^/]/.test(value)) return;
  throw new InfisicalConfigError(
    `${option} must be a URL of scheme, host and port, such as http://127.0.0.1:1338.`,
  );
}
