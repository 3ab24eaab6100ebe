import type { Random } from '../common/random.js';
import type { TokenLife } from './token-life.js';

/** How a new token is fetched. */
export type Fetch = 'login' | 'renew';

/** Why a login or renewal failed. */
export type FailureKind =
  /** The server said no: credentials, lockout, maximum life. */
  | 'refused'
  /** The server could not be asked. */
  | 'unavailable';

/** Where the access token stands. `life` is there while it can be used. */
export type TokenState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'acquiring'; readonly attempt: number }
  | {
      readonly kind: 'ready';
      readonly life: TokenLife;
      /** The end of the life when it cannot get a refresh: then that is found out, and told. */
      readonly refreshAt: number;
    }
  | {
      readonly kind: 'refreshing';
      readonly life: TokenLife;
      readonly via: Fetch;
      readonly attempt: number;
    }
  | {
      readonly kind: 'retrying';
      readonly life?: TokenLife;
      readonly via: Fetch;
      readonly attempt: number;
      readonly retryAt: number;
      readonly error: Error | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly life?: TokenLife;
      readonly refusals: number;
      readonly retryAt: number;
      readonly error: Error | undefined;
    }
  | { readonly kind: 'closed' };

/** The machine: its state, and what it has learnt about this server. */
export interface TokenMachine {
  readonly state: TokenState;
  /** When the latest token came, in monotonic milliseconds. */
  readonly grantedAt: number;
  /** False once a renewal succeeded without moving the expiry, though it could have. */
  readonly serverExtends: boolean;
  /** Tokens rejected before they were due and before they ever worked, in a row. */
  readonly earlyRejections: number;
  /** Refused logins in a row. */
  readonly refusals: number;
}

/** What happens to the machine. */
export type TokenEvent =
  /** A caller needs a token, or a timer fired. */
  | { readonly type: 'demand' }
  | { readonly type: 'granted'; readonly life: TokenLife; readonly via: Fetch }
  | {
      readonly type: 'failed';
      readonly via: Fetch;
      readonly failure: FailureKind;
      readonly error: Error | undefined;
      readonly retryAfterMs?: number;
    }
  /** The server's calendar told more of the life of the token in use. */
  | { readonly type: 'dated'; readonly life: TokenLife }
  /** The machine slept, or so its calendar says; moments of lives are nearer by it. */
  | { readonly type: 'slept'; readonly ms: number }
  /** The server accepted a request with a token. */
  | { readonly type: 'accepted' }
  /** The server rejected a request that used this generation. */
  | { readonly type: 'rejected'; readonly generation: number }
  | { readonly type: 'closed' };

/** What the machine wants done. */
export type TokenAction =
  | { readonly type: 'login' }
  | { readonly type: 'renew'; readonly life: TokenLife };

/** What is handed in: the moment, chance, and what the credentials allow. */
export interface TokenContext {
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly random: Random;
  /** Whether there are credentials to log in with. */
  readonly canLogin: boolean;
}

/** The next machine, and the call to make, if any. */
export interface TokenStep {
  readonly machine: TokenMachine;
  readonly action?: TokenAction;
}

/** The machine before anything has happened. */
export const INITIAL_TOKEN_MACHINE: TokenMachine = {
  state: { kind: 'idle' },
  grantedAt: -Infinity,
  serverExtends: true,
  earlyRejections: 0,
  refusals: 0,
};

/** The token to send now, if there is one that works. */
export function usableLife(
  state: TokenState,
  now: number,
): TokenLife | undefined {
  const life = 'life' in state ? state.life : undefined;
  return life && now < life.expiresAt ? life : undefined;
}

/** When the machine wants to be woken, if at all. Monotonic milliseconds. */
export function wakeAt(state: TokenState): number | undefined {
  switch (state.kind) {
    case 'ready':
      return Number.isFinite(state.refreshAt) ? state.refreshAt : undefined;
    case 'retrying':
    case 'refused':
      return state.retryAt;
    default:
      return undefined;
  }
}
