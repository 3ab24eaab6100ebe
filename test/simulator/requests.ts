import type { TransportRequest } from '../../lib/http/transport.js';

/** What the server counts a request by. */
export function routeOf(request: TransportRequest): string {
  return `${request.method} ${pathOf(request)}`;
}

export function pathOf({ target }: TransportRequest): string {
  return target.split('?')[0] ?? '';
}

export function isTokenRequest(request: TransportRequest): boolean {
  return pathOf(request).startsWith('/api/v1/auth/');
}

export function isList(request: TransportRequest): boolean {
  return /^\/api\/v[34]\/secrets/.test(pathOf(request));
}

export function isLogin(request: TransportRequest): boolean {
  return pathOf(request).endsWith('/login');
}

export function isRenewal(request: TransportRequest): boolean {
  return pathOf(request).endsWith('/renew');
}

export function bearerOf({ headers }: TransportRequest): string {
  return headers.authorization?.slice(7) ?? '';
}
