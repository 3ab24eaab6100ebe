import type { Clock } from '../../lib/common/clock.js';
import type { Random } from '../../lib/common/random.js';
import type { Transport } from '../../lib/http/transport.js';
import type { World } from './schedule.js';

/** What an engine is made of. */
export interface EngineParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly world: World;
  /** Milliseconds. */
  readonly refreshInterval: number;
  readonly clientId: string;
  /** The credentials as they are now. */
  readonly clientSecret: () => string;
  /** A token that somebody else got. */
  readonly givenToken: () => string;
}

/** What the simulator drives: the real engine, or the model of a known bug. Scopes go by their place in the world. */
export interface Engine {
  /** Logs in and loads; rejects when it gives up, and may be called again then. */
  start(): Promise<void>;
  /** What readers see now: name to value; undefined before the first load. The same map while nothing changes. */
  read(scope: number): ReadonlyMap<string, string> | undefined;
  /** Some call of the app that needs the token. */
  call(): Promise<void>;
  /** A caller wants to have what the server has now. */
  refresh(scope: number): Promise<void>;
  /** Whether there is a token that works, as far as the engine knows. */
  readonly hasToken: boolean;
  /** Whether the latest refresh succeeded, and lately enough. */
  isFresh(scope: number): boolean;
  /** Milliseconds since the server confirmed what readers see, as the engine tells it. */
  age(scope: number): number;
  /** What it shows of its trouble. */
  readonly tokenError: Error | undefined;
  refreshError(scope: number): Error | undefined;
  stop(): Promise<void>;
}

export type MakeEngine = (parts: EngineParts) => Engine;
