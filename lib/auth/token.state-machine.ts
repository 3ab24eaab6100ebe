import { jitter } from '../common/random.js';
import {
  BACKOFF_BASE,
  BACKOFF_LIFE_PART,
  BACKOFF_MAX,
  BACKOFF_MIN,
  LEAST_RENEWED,
  MAX_EARLY_REJECTIONS,
  MAX_FAILED_RENEWALS,
  MAX_LIFE_MARGIN,
  REFUSED_HOLD,
  REFUSED_HOLD_MAX,
  REFUSED_SPACING,
  RENEW_AT,
  RENEW_AT_WITHOUT_LOGIN,
  RENEW_JITTER,
} from './renewal-policy.js';
import {
  CLAIM_RESOLUTION,
  isRenewable,
  tellsItsRules,
  type TokenLife,
} from './token-life.js';
import {
  type Fetch,
  type TokenContext,
  type TokenEvent,
  type TokenMachine,
  type TokenState,
  type TokenStep,
  usableLife,
} from './token.state.js';

/** One step of the machine. Pure: time and chance are in `context`. */
export function step(
  machine: TokenMachine,
  event: TokenEvent,
  context: TokenContext,
): TokenStep {
  if (machine.state.kind === 'closed') return { machine };
  switch (event.type) {
    case 'demand':
      return onDemand(machine, context);
    case 'granted':
      return onGranted(machine, event.life, event.via, context);
    case 'failed':
      return onFailed(machine, event, context);
    case 'dated':
      return onDated(machine, event.life, context);
    case 'slept':
      return onSlept(machine, event.ms);
    case 'accepted':
      return { machine: { ...machine, earlyRejections: 0 } };
    case 'rejected':
      return onRejected(machine, event.generation, context);
    case 'closed':
      return { machine: { ...machine, state: { kind: 'closed' } } };
  }
}

function onDemand(machine: TokenMachine, context: TokenContext): TokenStep {
  const { state } = machine;
  switch (state.kind) {
    case 'idle':
      return fetchWithout(machine, 1);
    case 'ready':
      if (context.now >= state.life.expiresAt) return fetchWithout(machine, 1);
      return context.now >= state.refreshAt
        ? refresh(machine, state.life, 1, context)
        : { machine };
    case 'retrying':
    case 'refused': {
      if (context.now < state.retryAt) return { machine };
      const attempt = state.kind === 'retrying' ? state.attempt + 1 : 1;
      const life = usableLife(state, context.now);
      return life
        ? refresh(machine, life, attempt, context)
        : fetchWithout(machine, attempt);
    }
    default:
      return { machine };
  }
}

function onGranted(
  machine: TokenMachine,
  life: TokenLife,
  via: Fetch,
  context: TokenContext,
): TokenStep {
  const before = 'life' in machine.state ? machine.state.life : undefined;
  const moved = via === 'login' || !before || life.expiresAt > before.expiresAt;
  // In the second of the issue, a renewed token has the same claims.
  const isTold = life.obtainedAt - machine.grantedAt >= CLAIM_RESOLUTION;
  const next: TokenMachine = {
    ...machine,
    grantedAt: context.now,
    serverExtends: machine.serverExtends && (moved || !isTold),
    refusals: 0,
  };
  if (!moved && context.canLogin) {
    // Success of the call is not success of the renewal: log in while the
    // token still works.
    return refreshVia(next, life, 'login', 1);
  }
  return { machine: ready(next, life, context) };
}

function onFailed(
  machine: TokenMachine,
  event: Extract<TokenEvent, { type: 'failed' }>,
  context: TokenContext,
): TokenStep {
  const life = usableLife(machine.state, context.now);
  const attempt = 'attempt' in machine.state ? machine.state.attempt : 1;
  if (event.via === 'renew' && event.failure === 'refused') {
    if (context.canLogin) {
      return life
        ? refreshVia(machine, life, 'login', 1)
        : fetchWithout(machine, 1);
    }
    // Nothing else can be done: use the token up.
    return life
      ? {
          machine: withState(machine, {
            kind: 'ready',
            life,
            refreshAt: life.expiresAt,
          }),
        }
      : refuse(machine, undefined, event.error, context);
  }
  if (event.failure === 'refused') {
    return refuse(machine, life, event.error, context);
  }
  if (
    event.via === 'renew' &&
    life &&
    context.canLogin &&
    context.now + (event.retryAfterMs ?? 0) >= life.expiresAt
  ) {
    // The server limits each route by itself (contract: auth §9).
    return refreshVia(machine, life, 'login', 1);
  }
  const wait = Math.max(
    event.retryAfterMs ?? 0,
    backoff(attempt, life, context),
    // The server may have refused once more, and the answer got lost.
    event.via === 'login' && machine.refusals > 0 ? REFUSED_SPACING : 0,
  );
  return {
    machine: withState(machine, {
      kind: 'retrying',
      life,
      via: event.via,
      attempt,
      retryAt: context.now + wait,
      error: event.error,
    }),
  };
}

function onDated(
  machine: TokenMachine,
  life: TokenLife,
  context: TokenContext,
): TokenStep {
  const { state } = machine;
  if (!('life' in state) || state.life?.generation !== life.generation) {
    return { machine };
  }
  return {
    machine:
      state.kind === 'ready'
        ? ready(machine, life, context)
        : withState(machine, { ...state, life }),
  };
}

/** A wait after refused credentials is one of this machine awake: a calendar that leaps must not bring logins together. */
function onSlept(machine: TokenMachine, ms: number): TokenStep {
  const { state, refusals } = machine;
  if (refusals === 0 || !('retryAt' in state)) return { machine };
  const retryAt = state.retryAt + ms;
  return { machine: withState(machine, { ...state, retryAt }) };
}

function onRejected(
  machine: TokenMachine,
  generation: number,
  context: TokenContext,
): TokenStep {
  const { state } = machine;
  const life = 'life' in state ? state.life : undefined;
  if (life?.generation !== generation) return { machine };
  const early = state.kind === 'ready' && context.now < state.refreshAt;
  // One that was held for long may have worked, and a login is no storm then.
  const isFresh = context.now - life.obtainedAt < BACKOFF_MAX;
  const before = isFresh ? machine.earlyRejections : 0;
  const next: TokenMachine = {
    ...machine,
    earlyRejections: early ? before + 1 : before,
  };
  switch (state.kind) {
    case 'refreshing':
      // The call in flight goes on; only the token is out of use.
      return {
        machine: withState(next, { kind: 'acquiring', attempt: state.attempt }),
      };
    case 'refused':
      return { machine: withState(next, { ...state, life: undefined }) };
    case 'retrying':
      return state.via === 'renew' && context.canLogin
        ? fetchWithout(next, 1)
        : { machine: withState(next, { ...state, life: undefined }) };
    default:
      if (next.earlyRejections >= MAX_EARLY_REJECTIONS) {
        // The server grants tokens and rejects them: do not log in per request.
        return {
          machine: withState(next, {
            kind: 'retrying',
            via: 'login',
            attempt: next.earlyRejections,
            retryAt:
              context.now + backoff(next.earlyRejections, undefined, context),
            error: undefined,
          }),
        };
      }
      return fetchWithout(next, 1);
  }
}

/** Fetches a token while none is usable. Without credentials the holder of a given token learns so from the login itself. */
function fetchWithout(machine: TokenMachine, attempt: number): TokenStep {
  return {
    machine: withState(machine, { kind: 'acquiring', attempt }),
    action: { type: 'login' },
  };
}

/** Fetches the next token while `life` can still be used. */
function refresh(
  machine: TokenMachine,
  life: TokenLife,
  attempt: number,
  context: TokenContext,
): TokenStep {
  const isHopeless = context.canLogin && attempt > MAX_FAILED_RENEWALS;
  const via = isHopeless ? 'login' : planRefresh(machine, life, context);
  if (!via) {
    return {
      machine: withState(machine, {
        kind: 'ready',
        life,
        refreshAt: life.expiresAt,
      }),
    };
  }
  return refreshVia(machine, life, via, attempt);
}

function refreshVia(
  machine: TokenMachine,
  life: TokenLife,
  via: Fetch,
  attempt: number,
): TokenStep {
  return {
    machine: withState(machine, { kind: 'refreshing', life, via, attempt }),
    action: via === 'login' ? { type: 'login' } : { type: 'renew', life },
  };
}

/**
 * Renew or log in? A renewal that would cross the maximum life is refused by
 * Gen 1, which kills the token with it, and shortened by Gen 2; a login is
 * right for both.
 */
function planRefresh(
  machine: TokenMachine,
  life: TokenLife,
  context: TokenContext,
): Fetch | undefined {
  if (!isRenewable(life)) return context.canLogin ? 'login' : undefined;
  const room = life.maxExpiresAt - context.now;
  const fits = room > life.ttl + MAX_LIFE_MARGIN;
  if (context.canLogin) {
    const canMove = machine.serverExtends && life.ttl >= LEAST_RENEWED;
    return canMove && fits ? 'renew' : 'login';
  }
  if (!machine.serverExtends) return undefined;
  return fits || tellsItsRules(life) ? 'renew' : undefined;
}

function ready(
  machine: TokenMachine,
  life: TokenLife,
  context: TokenContext,
): TokenMachine {
  // Gen 1 may have tokens without an end of their own, which stop at the
  // maximum life all the same (contract: auth §3.3).
  const isOpen = life.expiresAt === Infinity && context.canLogin;
  const end = isOpen ? life.maxExpiresAt : life.expiresAt;
  const left = end - context.now;
  const part =
    context.canLogin || tellsItsRules(life)
      ? jitter(RENEW_AT, RENEW_JITTER, context.random)
      : RENEW_AT_WITHOUT_LOGIN;
  const refreshAt = context.now + left * part;
  return withState(machine, { kind: 'ready', life, refreshAt });
}

function refuse(
  machine: TokenMachine,
  life: TokenLife | undefined,
  error: Error | undefined,
  context: TokenContext,
): TokenStep {
  const refusals = machine.refusals + 1;
  const hold = Math.min(REFUSED_HOLD_MAX, REFUSED_HOLD * 2 ** (refusals - 1));
  return {
    machine: {
      ...machine,
      refusals,
      state: {
        kind: 'refused',
        life,
        refusals,
        // Never earlier than the hold: the lockout counter must run out.
        retryAt: context.now + hold * (1 + RENEW_JITTER * context.random()),
        error,
      },
    },
  };
}

/** Capped exponential back-off with full jitter, inside what is left of the life. */
function backoff(
  attempt: number,
  life: TokenLife | undefined,
  context: TokenContext,
): number {
  const bound = Math.min(BACKOFF_MAX, BACKOFF_BASE * 2 ** (attempt - 1));
  const wait = Math.max(BACKOFF_MIN, context.random() * bound);
  if (!life) return wait;
  const left = life.expiresAt - context.now;
  return Math.max(BACKOFF_MIN, Math.min(wait, left * BACKOFF_LIFE_PART));
}

function withState(machine: TokenMachine, state: TokenState): TokenMachine {
  return { ...machine, state };
}
