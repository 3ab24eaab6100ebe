import type { RemovedSecrets } from '../../lib/secrets/refresh-options.js';
import type { Environment, SimulatedScope } from './folders.js';

/** How the server treats tokens (contract: auth §0); `middle` renews with success and extends nothing. */
export type TokenGeneration = 'gen1' | 'middle' | 'gen2';

/** The settings of the scripted server. Seconds where the API has seconds. */
export interface ServerSettings {
  readonly generation: TokenGeneration;
  readonly ttl: number;
  /** 0: no limit. */
  readonly maxTtl: number;
  /** 0: not periodic. */
  readonly period: number;
  /** 0: no limit. */
  readonly uses: number;
  readonly api: 'v4' | 'v3';
  readonly etags: boolean;
  /** Milliseconds of an answer on a quiet day. */
  readonly latency: number;
  /** Milliseconds that its calendar is ahead of the client's. */
  readonly skew: number;
  /** Requests a minute and route; 0: no limit. */
  readonly rateLimit: number;
  /** Requests of each window that others behind the same address have used up. */
  readonly othersLoad: number;
  /** Whether each answer tells of the limit, and not only a refusal. */
  readonly limitsAreTold: boolean;
}

/** What the network or the server does to a request. */
export type FaultKind =
  | 'slow'
  | 'status'
  | 'rate-limit'
  | 'page'
  | 'reset-before'
  | 'reset-after'
  | 'hang'
  | 'truncated';

/** Something that goes on for a while. Milliseconds since the start. */
export type Window =
  | {
      readonly kind: 'fault';
      readonly at: number;
      readonly until: number;
      readonly fault: FaultKind;
      readonly routes: 'all' | 'auth' | 'secrets';
      /** Part of the requests that it hits. */
      readonly share: number;
      /** HTTP status, for those that answer. */
      readonly status: number;
    }
  | {
      readonly kind: 'wrong-credentials' | 'locked-by-others';
      readonly at: number;
      readonly until: number;
    }
  | {
      readonly kind: 'permission-lost' | 'folder-gone';
      readonly at: number;
      readonly until: number;
      /** Which lists it hits. Default: all. */
      readonly where?: Where;
    }
  | {
      /** Some secrets are removed, or have values that the schema refuses. */
      readonly kind: 'secrets-cut' | 'secrets-spoilt';
      readonly at: number;
      readonly until: number;
      readonly environment: Environment;
    };

/** Some of the lists. */
export interface Where {
  readonly environment?: Environment;
  readonly recursive?: boolean;
}

/** Something that happens at one moment. */
export type Incident =
  | { readonly kind: 'revoke-tokens'; readonly at: number }
  | {
      readonly kind: 'change-secrets';
      readonly at: number;
      /** Default: all. */
      readonly environment?: Environment;
    }
  | {
      /** So many callers want a refresh, so many times one after the other. */
      readonly kind: 'force-refresh';
      readonly at: number;
      readonly callers: number;
      readonly rounds: number;
    }
  | {
      readonly kind: 'suspend' | 'jump';
      readonly at: number;
      readonly ms: number;
    }
  | {
      readonly kind: 'reconfigure';
      readonly at: number;
      readonly settings: Partial<ServerSettings>;
    };

export type ScheduledEvent = Window | Incident;

/** What is asked of the engine, and what it is told to do. */
export interface World {
  /** Those of one client. */
  readonly scopes: readonly SimulatedScope[];
  /** Whether the folder at the top imports another one. */
  readonly hasImports: boolean;
  /** How it gets its token: by a login, once for all, or from somebody who fetches them. */
  readonly auth: 'login' | 'given' | 'given-anew';
  readonly removed: RemovedSecrets;
  /** Whether a schema accepts whole numbers only. */
  readonly hasSchema: boolean;
  /** Milliseconds; Infinity for none. */
  readonly maxStale: number;
}

/** A world and everything that happens in it. */
export interface Schedule extends World {
  readonly seed: number;
  readonly server: ServerSettings;
  /** Milliseconds. */
  readonly refreshInterval: number;
  /** Milliseconds between two calls of the app with the token; 0: none. */
  readonly callEvery: number;
  readonly events: readonly ScheduledEvent[];
}

/** Whether a window is open now. */
export function isOpen({ at, until }: Window, now: number): boolean {
  return now >= at && now < until;
}

export function isWindow(event: ScheduledEvent): event is Window {
  return 'until' in event;
}
