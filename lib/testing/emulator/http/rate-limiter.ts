import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../common/clock.js';
import { ApiError } from './api-error.js';
import { clientIp } from './client-ip.js';

export type CloudPlan = 'free' | 'pro';
type RateClass = 'read' | 'write' | 'secrets' | 'projectCreation';
type Limits = Readonly<Record<RateClass, number>>;

/** One window, in ms. */
const WINDOW = 60_000;

/** For callers without a token: every login among them. */
const INSTANCE: Limits = {
  read: 60,
  write: 200,
  secrets: 60,
  projectCreation: 30,
};
const PLANS: Readonly<Record<CloudPlan, Limits>> = {
  free: { read: 200, write: 90, secrets: 120, projectCreation: 30 },
  pro: { read: 350, write: 200, secrets: 300, projectCreation: 30 },
};

interface Bucket {
  readonly endsAt: number;
  count: number;
}

/**
 * The limits of Infisical Cloud: a bucket for each address, method and route,
 * asked before validation (contract: auth §9).
 */
export class RateLimiter {
  private buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly plan: CloudPlan,
  ) {}

  check(request: FastifyRequest, reply: FastifyReply, hasToken: boolean): void {
    const { url } = request.routeOptions;
    if (request.is404 || !url?.startsWith('/api/')) return;
    const { method } = request;
    const limits = hasToken ? PLANS[this.plan] : INSTANCE;
    const limit = limits[rateClass(method, url)];
    const now = this.clock.monotonic();
    const bucket = this.bucket(`${clientIp(request)} ${method} ${url}`, now);
    bucket.count++;
    const seconds = Math.ceil((bucket.endsAt - now) / 1000);
    void reply.headers({
      'x-ratelimit-limit': limit,
      'x-ratelimit-remaining': Math.max(0, limit - bucket.count),
      'x-ratelimit-reset': seconds,
    });
    if (bucket.count <= limit) return;
    void reply.header('retry-after', seconds);
    throw new ApiError(
      429,
      'RateLimitExceeded',
      `Rate limit exceeded. Please try again in ${seconds} seconds`,
    );
  }

  private bucket(key: string, now: number): Bucket {
    const known = this.buckets.get(key);
    if (known && now < known.endsAt) return known;
    const bucket: Bucket = { endsAt: now + WINDOW, count: 0 };
    this.buckets.set(key, bucket);
    return bucket;
  }
}

function rateClass(method: string, url: string): RateClass {
  if (/^\/api\/v\d+\/(?:secrets|folders|secret-imports)(?:\/|$)/.test(url)) {
    return 'secrets';
  }
  if (method === 'GET') return 'read';
  return url === '/api/v1/projects' ? 'projectCreation' : 'write';
}
