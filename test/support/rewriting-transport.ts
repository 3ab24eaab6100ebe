import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from 'nestjs-infisical';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

type Json = Record<string, unknown>;

/** The real transport, and a test that may change what is sent and what comes back. */
export class RewritingTransport implements Transport {
  /** Changes the target of a request. */
  retarget: (target: string) => string = (target) => target;
  /** Changes the body of an answer in place. Logins are left alone. */
  rewrite: (body: Json, target: string) => void = () => undefined;
  readonly #inner: Transport;

  constructor(url: string) {
    this.#inner = new UndiciTransport(new URL(url));
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const target = this.retarget(request.target);
    const response = await this.#inner.send({ ...request, target });
    if (target.includes('/auth/')) return response;
    const body = JSON.parse(response.body.toString()) as Json;
    this.rewrite(body, target);
    return { ...response, body: Buffer.from(JSON.stringify(body)) };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Sets, or with undefined removes, what is at a path such as `secrets[0].secretKey`. */
export function setAt(body: Json, path: string, value: unknown): void {
  const steps = path.split(/[.[\]]+/).filter(Boolean);
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Json>((at, step) => at[step] as Json, body);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
