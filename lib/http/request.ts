import type { ApiCall } from './api-call.js';
import type { TransportRequest } from './transport.js';

/** What is sent for a call. */
export function requestOf(
  call: ApiCall,
  {
    site,
    headers,
  }: {
    readonly site: URL;
    readonly headers: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
  token?: string,
): TransportRequest {
  return {
    method: call.method,
    target:
      site.pathname.replace(/\/$/, '') + call.path.text + toSearch(call.query),
    headers: {
      ...headers,
      accept: 'application/json',
      ...(call.body === undefined
        ? undefined
        : { 'content-type': 'application/json' }),
      ...(token === undefined
        ? undefined
        : { authorization: `Bearer ${token}` }),
      ...call.headers,
    },
    body: call.body === undefined ? undefined : JSON.stringify(call.body),
    signal,
  };
}

function toSearch(query: ApiCall['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.append(name, String(value));
  }
  const text = search.toString();
  return text && `?${text}`;
}
