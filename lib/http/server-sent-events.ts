import { InfisicalNetworkError } from './errors.js';

/** One event of a stream. */
export interface ServerSentEvent {
  /** Its type; `message` where the server gives none. */
  readonly event: string;
  readonly data: string;
}

/** The longest event, in characters. Infisical's hold a few names. */
const MAX_EVENT = 1024 * 1024;

/** Any of the three ends of a line; a `\r` at the very end may be half of one. */
const LINE_END = /\r\n|\n|\r(?=[^])/;

/**
 * Parses a stream of server-sent events, as the HTML standard has it. What has
 * no data, such as a heartbeat, is no event; neither is one that is not ended
 * when the stream is.
 *
 * @throws InfisicalNetworkError when an event is too long
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(
      LINE_END,
    );
    rest = lines.pop() ?? '';
    for (const line of lines) {
      size += line.length;
      if (line === '') {
        if (data.length > 0) {
          yield { event: event || 'message', data: data.join('\n') };
        }
        event = '';
        data = [];
        size = 0;
        continue;
      }
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
    }
    if (size + rest.length > MAX_EVENT) {
      throw new InfisicalNetworkError(
        `An event is longer than ${MAX_EVENT} characters: check that siteUrl is an Infisical server.`,
        { code: 'RESPONSE_TOO_LARGE', sent: true, retryable: true },
      );
    }
  }
}
