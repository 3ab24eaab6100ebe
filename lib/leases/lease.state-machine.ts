import { jitter } from '../common/random.js';
import {
  BACKOFF_BASE,
  BACKOFF_LIFE_PART,
  BACKOFF_MAX,
  BACKOFF_MIN,
  DEAD_SPACING,
  EXPIRING_GRACE,
  EXPIRING_GRACE_PART,
  LEAST_USE,
  MIN_TTL,
  PROVE_BACKOFF_MAX,
  PROVE_FOR,
  PROVE_LIFE_PART,
  REFRESH_AT,
  REFRESH_JITTER,
  REFUSED_BASE,
  REMINT_BASE,
  REMINT_MAX,
} from './lease-policy.js';
import type {
  LeaseAction,
  LeaseContext,
  LeaseHappening,
  LeaseLife,
  LeaseMachine,
  LeaseState,
  LeaseStep,
  LeaseWork,
} from './lease.state.js';

const CREATE: LeaseWork = { type: 'create' };
const PROVE: LeaseWork = { type: 'prove' };

/** One step of the machine. Pure: time and chance are in `context`. */
export function step(
  machine: LeaseMachine,
  event: LeaseHappening,
  context: LeaseContext,
): LeaseStep {
  if (machine.state.kind === 'closed') return still(machine);
  switch (event.type) {
    case 'opened':
      return machine.state.kind === 'idle'
        ? work(machine, CREATE, 1)
        : still(machine);
    case 'tick':
      return onTick(machine, context);
    case 'created':
      return onCreated(machine, event.life, context);
    case 'proven':
      return onProven(machine, context);
    case 'renewed':
      return onRenewed(machine, event.life, context);
    case 'failed':
      return onFailed(machine, event, context);
    case 'dead':
      return onDead(machine, event.generation, context);
    case 'closed':
      return still(withState(machine, { kind: 'closed' }));
  }
}

/** When the machine wants its next `tick`; undefined for never. */
export function wakeAt(
  machine: LeaseMachine,
  overlap: number,
): number | undefined {
  const { state, life, told } = machine;
  if (state.kind === 'closed') return undefined;
  const moments: number[] = [];
  if (state.kind === 'ready') moments.push(state.dueAt);
  if (state.kind === 'waiting') moments.push(state.retryAt);
  if (life && told === undefined) moments.push(expiringAt(life, overlap));
  if (life && told !== 'expired') moments.push(life.expiresAt);
  return moments.length > 0 ? Math.min(...moments) : undefined;
}

/** From when on a successor is late. */
export function expiringAt(life: LeaseLife, overlap: number): number {
  const grace = Math.min(EXPIRING_GRACE, overlap * EXPIRING_GRACE_PART);
  return life.expiresAt - overlap + grace;
}

function onTick(before: LeaseMachine, context: LeaseContext): LeaseStep {
  const { machine, actions } = tellEnd(before, context);
  const { state } = machine;
  if (state.kind === 'ready' && context.now >= state.dueAt) {
    return after(actions, work(machine, planRefresh(machine, context), 1));
  }
  if (state.kind === 'waiting' && context.now >= state.retryAt) {
    // What can be added to an expiry depends on the time.
    const next =
      state.work.type === 'renew' ? planRefresh(machine, context) : state.work;
    return after(actions, work(machine, next, state.attempt + 1));
  }
  return { machine, actions };
}

function onCreated(
  machine: LeaseMachine,
  life: LeaseLife,
  { now }: LeaseContext,
): LeaseStep {
  const most = (life.expiresAt - now) * PROVE_LIFE_PART;
  return work(
    {
      ...machine,
      candidate: life,
      proveUntil: now + Math.min(PROVE_FOR, most),
    },
    PROVE,
    1,
  );
}

function onProven(machine: LeaseMachine, context: LeaseContext): LeaseStep {
  const { candidate } = machine;
  if (!candidate) return still(machine);
  const next = { ...machine, candidate: undefined, discarded: 0 };
  return {
    machine: ready(next, candidate, context),
    actions: [{ type: 'publish' }],
  };
}

function onRenewed(
  machine: LeaseMachine,
  life: LeaseLife,
  context: LeaseContext,
): LeaseStep {
  const moved = !machine.life || life.expiresAt > machine.life.expiresAt;
  // Success of the call is not success of the renewal.
  return moved
    ? still(ready(machine, life, context))
    : work(machine, CREATE, 1);
}

function onFailed(
  machine: LeaseMachine,
  event: Extract<LeaseHappening, { type: 'failed' }>,
  context: LeaseContext,
): LeaseStep {
  const { state } = machine;
  if (state.kind !== 'working') return still(machine);
  switch (state.work.type) {
    case 'renew':
      // Only new credentials help.
      if (event.refused) return work(machine, CREATE, 1);
      break;
    case 'prove':
      return onUnproven(machine, state.attempt, context);
    case 'create':
      // Who opens it is told, and may open it again.
      if (!machine.life) return still(withState(machine, { kind: 'closed' }));
  }
  const base = event.refused ? REFUSED_BASE : BACKOFF_BASE;
  const wait = Math.max(
    event.retryAfterMs ?? 0,
    backoff(base, BACKOFF_MAX, state.attempt, machine, context),
  );
  return still(hold(machine, state.work, state.attempt, wait, context));
}

/** New credentials did not work: once more, or others. */
function onUnproven(
  machine: LeaseMachine,
  attempt: number,
  context: LeaseContext,
): LeaseStep {
  const { now, random } = context;
  const bound = Math.min(PROVE_BACKOFF_MAX, BACKOFF_BASE * 2 ** (attempt - 1));
  const wait = Math.max(BACKOFF_MIN, random() * bound);
  if (now + wait < machine.proveUntil) {
    return still(hold(machine, PROVE, attempt, wait, context));
  }
  const discarded = machine.discarded + 1;
  const next = { ...machine, candidate: undefined, discarded };
  const actions: LeaseAction[] = [{ type: 'discard' }];
  if (!machine.life) {
    return { machine: withState(next, { kind: 'closed' }), actions };
  }
  const pause = Math.min(REMINT_MAX, REMINT_BASE * 2 ** (discarded - 1));
  const spread = jitter(pause, REFRESH_JITTER, random);
  return { machine: hold(next, CREATE, 0, spread, context), actions };
}

function onDead(
  machine: LeaseMachine,
  generation: number,
  context: LeaseContext,
): LeaseStep {
  const { state, life, deadAt } = machine;
  if (life?.generation !== generation) return still(machine);
  const isRenewal = state.kind === 'waiting' && state.work.type === 'renew';
  // A replacement that is under way, or waits for its next try, is the answer.
  if (state.kind !== 'ready' && !isRenewal) return still(machine);
  const earliest = deadAt + DEAD_SPACING;
  if (context.now >= earliest) {
    return work({ ...machine, deadAt: context.now }, CREATE, 1);
  }
  const wait = earliest - context.now;
  return still(
    hold({ ...machine, deadAt: earliest }, CREATE, 0, wait, context),
  );
}

/** Tells once that the end is near, and once that it has come. */
function tellEnd(
  machine: LeaseMachine,
  { now, overlap }: LeaseContext,
): LeaseStep {
  const { life, told } = machine;
  if (!life) return still(machine);
  const kind =
    now >= life.expiresAt
      ? 'expired'
      : now >= expiringAt(life, overlap)
        ? 'expiring'
        : undefined;
  if (!kind || kind === told || told === 'expired') return still(machine);
  return {
    machine: { ...machine, told: kind },
    actions: [{ type: 'tell', kind }],
  };
}

/**
 * Renew or replace? The server adds the TTL to the old expiry and refuses, not
 * caps, what passes the maximum (contract: leases §3.3); so exactly the wanted
 * time is asked for, and a lease that cannot get it is replaced.
 */
function planRefresh(
  { life }: LeaseMachine,
  { mode, now }: LeaseContext,
): LeaseWork {
  if (mode === 'rotate' || !life?.canExtend) return CREATE;
  const wanted = Math.max(MIN_TTL, now + life.ttl - life.expiresAt);
  const room = life.createdAt + life.maxTtl - life.expiresAt;
  const ttl = Math.min(wanted, room);
  return ttl >= MIN_TTL ? { type: 'renew', ttl } : CREATE;
}

/** Due at two thirds, or earlier so that old and new overlap. */
function ready(
  machine: LeaseMachine,
  life: LeaseLife,
  { now, overlap, random }: LeaseContext,
): LeaseMachine {
  const left = Math.max(0, life.expiresAt - now);
  const usual = left * jitter(REFRESH_AT, REFRESH_JITTER, random);
  const use = Math.max(left * LEAST_USE, Math.min(usual, left - overlap));
  return withState(
    { ...machine, life, told: undefined },
    { kind: 'ready', dueAt: now + use },
  );
}

/** Capped exponential back-off with full jitter, inside what is left of the old credentials. */
function backoff(
  base: number,
  most: number,
  attempt: number,
  { life }: LeaseMachine,
  { now, random }: LeaseContext,
): number {
  const bound = Math.min(most, base * 2 ** Math.max(0, attempt - 1));
  const wait = Math.max(BACKOFF_MIN, random() * bound);
  const left = life ? life.expiresAt - now : 0;
  if (left <= 0) return wait;
  return Math.max(BACKOFF_MIN, Math.min(wait, left * BACKOFF_LIFE_PART));
}

function work(
  machine: LeaseMachine,
  what: LeaseWork,
  attempt: number,
): LeaseStep {
  return {
    machine: withState(machine, { kind: 'working', work: what, attempt }),
    actions: [what],
  };
}

function hold(
  machine: LeaseMachine,
  what: LeaseWork,
  attempt: number,
  wait: number,
  { now }: LeaseContext,
): LeaseMachine {
  const retryAt = now + wait;
  return withState(machine, { kind: 'waiting', work: what, attempt, retryAt });
}

function withState(machine: LeaseMachine, state: LeaseState): LeaseMachine {
  return { ...machine, state };
}

function still(machine: LeaseMachine): LeaseStep {
  return { machine, actions: [] };
}

function after(actions: readonly LeaseAction[], next: LeaseStep): LeaseStep {
  return { machine: next.machine, actions: [...actions, ...next.actions] };
}
