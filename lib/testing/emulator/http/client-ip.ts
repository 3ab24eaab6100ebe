import type { FastifyRequest } from 'fastify';
import { BlockList, isIP } from 'node:net';

/** Headers that may carry the caller's address; the first present one wins. */
const IP_HEADERS = [
  'cf-connecting-ip',
  'cf-pseudo-ipv4',
  'x-client-ip',
  'x-envoy-external-address',
  'x-forwarded-for',
  'fastly-client-ip',
  'true-client-ip',
  'x-real-ip',
  'x-cluser-client-ip',
  'forwarded-for',
  'x-forwarded',
  'forwarded',
  'x-appengine-user-ip',
];

/** The caller's address as the server sees it (contract: auth §1). */
export function clientIp(request: FastifyRequest): string {
  for (const name of IP_HEADERS) {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value[0] : value;
    if (text) return text.split(',')[0]?.trim() ?? '';
  }
  return request.ip;
}

/** Whether `ip` lies in one of the addresses or CIDR ranges. */
export function isTrustedIp(ip: string, ranges: readonly string[]): boolean {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  const kind = isIP(address);
  if (kind === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  return list.check(address, kind === 6 ? 'ipv6' : 'ipv4');
}
