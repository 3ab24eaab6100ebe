import { describe, expect, it } from '@jest/globals';
import { InfisicalNetworkError } from 'nestjs-infisical';
import {
  readEvents,
  type ServerSentEvent,
} from '../../lib/http/server-sent-events.js';

/** What is in a stream that arrives in these pieces. */
async function read(
  pieces: Iterable<Uint8Array | string>,
): Promise<ServerSentEvent[]> {
  async function* body() {
    for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(body())) events.push(event);
  return events;
}

describe('a stream of events', () => {
  it('has a type and data', async () => {
    expect(await read(['id: 1\nevent: a\ndata: {"b":1}\n\n'])).toEqual([
      { event: 'a', data: '{"b":1}' },
    ]);
  });

  it('is of messages where no type is given, which is of one event only', async () => {
    const events = await read(['event: a\ndata: 1\n\ndata: 2\n\n']);
    expect(events.map(({ event }) => event)).toEqual(['a', 'message']);
  });

  it('holds no event without data, such as a heartbeat', async () => {
    expect(await read(['event: ping\n\n: comment\n\ndata: 1\n\n'])).toEqual([
      { event: 'message', data: '1' },
    ]);
  });

  it('loses what was not ended', async () => {
    expect(await read(['data: 1\n\ndata: 2\n'])).toHaveLength(1);
  });

  it.each([
    ['one blank is not a part of the value', 'data:  1\n\n', ' 1'],
    ['no blank is needed', 'data:1\n\n', '1'],
    ['no value is an empty one', 'data\n\n', ''],
    ['a value may have colons', 'data: a:b: c\n\n', 'a:b: c'],
    ['lines of data are joined', 'data: 1\ndata: 2\n\n', '1\n2'],
    ['a mark of the byte order is skipped', '\uFEFFdata: 1\n\n', '1'],
    ['unknown fields are skipped', 'retry: 9\nx: y\ndata: 1\n\n', '1'],
  ])('%s', async (_, text, data) => {
    expect(await read([text])).toEqual([{ event: 'message', data }]);
  });

  it('is the same however it is cut, and whatever ends its lines', async () => {
    const text = 'event: a\ndata: grün\n\nevent: b\ndata: 1\ndata: 2\n\n';
    const whole = await read([text]);
    expect(whole).toHaveLength(2);
    for (const end of ['\n', '\r\n', '\r']) {
      // A last line end of `\r` may be half of one.
      const bytes = Buffer.from(text.replaceAll('\n', end) + ':');
      for (let size = 1; size < 9; size++) {
        const count = Math.ceil(bytes.length / size);
        const pieces = Array.from({ length: count }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(await read(pieces)).toEqual(whole);
      }
    }
  });

  it('is given up when an event has no end', async () => {
    function* endless() {
      for (;;) yield `data: ${'x'.repeat(64 * 1024)}\n`;
    }
    await expect(read(endless())).rejects.toThrow(InfisicalNetworkError);
    function* line() {
      for (;;) yield 'x'.repeat(64 * 1024);
    }
    await expect(read(line())).rejects.toThrow(InfisicalNetworkError);
  });
});
