import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from 'nestjs-infisical';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

type Json = Record<string, unknown>;

/** Marks a field to be taken out. */
export const MISSING = Symbol('missing');

/** The real transport, whose next answer to a path is damaged on its way. */
export class DamagingTransport implements Transport {
  /** The last answer that was damaged, as it was. */
  whole: unknown;
  readonly #inner: Transport;
  #next: { path: RegExp; field: string; value: unknown } | undefined;

  constructor(url: string) {
    this.#inner = new UndiciTransport(new URL(url));
  }

  /** Puts `value` in place of the field `a.b[0].c` of the next answer. */
  damage(path: RegExp, field: string, value: unknown): void {
    this.#next = { path, field, value };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#inner.send(request);
    const next = this.#next;
    if (!next?.path.test(request.target)) return response;
    this.#next = undefined;
    const text = response.body.toString('utf8');
    this.whole = JSON.parse(text);
    const body = JSON.parse(text) as Json;
    replace(body, next.field, next.value);
    return { ...response, body: Buffer.from(JSON.stringify(body)) };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** The value of the field `a.b[0].c`. */
export function fieldOf(body: unknown, field: string): unknown {
  return partsOf(field).reduce(
    (value, part) => (value as Json | undefined)?.[part],
    body,
  );
}

function replace(body: Json, field: string, value: unknown): void {
  const parts = partsOf(field);
  const last = parts.pop() ?? '';
  const parent = parts.reduce((inner, part) => inner[part] as Json, body);
  if (value === MISSING) delete parent[last];
  else parent[last] = value;
}

function partsOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter(Boolean);
}
