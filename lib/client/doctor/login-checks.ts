import type { LoginMethod } from '../../auth/login-method.js';
import { SHORT_LIFE } from '../../auth/renewal-policy.js';
import { isRenewable, type TokenLife } from '../../auth/token-life.js';
import { apiPath } from '../../http/api-path.js';
import { isTokenRejection } from '../../http/errors.js';
import type { CallLimits } from '../../http/api-call.js';
import type { ClientContext } from '../client-context.js';
import { span } from './checkup.js';
import type { Finding } from './doctor-report.js';

/** Which login is used, and who gave it. */
export type LoginUsed = Pick<LoginMethod, 'name' | 'source'>;

/** Logs in, or uses the token there is. */
export async function checkLogin(
  context: ClientContext,
  limits: CallLimits,
  { name, source }: LoginUsed,
): Promise<Finding> {
  await acquire(context, limits);
  const from = source ?? (name === 'accessToken' ? 'a token' : 'options');
  return { status: 'ok', detail: `${name}, from ${from}` };
}

/** How long the token works, and what comes then. A token that was given is shown to the server. */
export async function checkToken(
  context: ClientContext,
  limits: CallLimits,
  { name }: LoginUsed,
): Promise<Finding> {
  const life = await acquire(context, limits);
  const isService = life.token.reveal().startsWith('st.');
  const isGiven = name === 'accessToken';
  if (isGiven) await present(context, limits, isService);
  if (isService) {
    return {
      status: 'warning',
      detail: 'a service token: it tells no end, and is not renewed',
      hint: 'Use a machine identity, which gets a new token by itself.',
    };
  }
  const detail = describe(life, context.http.clock.monotonic());
  if (!isRenewable(life)) {
    return {
      status: 'warning',
      detail,
      hint: 'The token belongs to a person, and ends with their login. Use a machine identity for whatever runs on.',
    };
  }
  if (life.ttl < SHORT_LIFE) {
    return {
      status: 'warning',
      detail,
      hint: 'Raise the access token TTL of the auth method in Infisical to some minutes at least: a short outage leaves no token.',
    };
  }
  if (isGiven && Number.isFinite(life.maxExpiresAt)) {
    return {
      status: 'warning',
      detail,
      hint: 'There are no credentials to log in with when it ends. Use auth.universalAuth or another login.',
    };
  }
  return { status: 'ok', detail };
}

function acquire(
  { http, tokens }: ClientContext,
  limits: CallLimits,
): Promise<TokenLife> {
  return http.withDeadline(limits, (signal) => tokens.acquire(signal));
}

/** The least call that a token is accepted or rejected at (contract: auth §5). Not of every server, nor for a person's token. */
async function present(
  context: ClientContext,
  limits: CallLimits,
  isService: boolean,
): Promise<void> {
  const path = isService
    ? apiPath`/api/v2/service-token`
    : apiPath`/api/v1/identities/details`;
  try {
    await context.call({ ...limits, method: 'GET', path });
  } catch (error) {
    if (isService || isTokenRejection(error)) throw error;
  }
}

function describe(life: TokenLife, now: number): string {
  const { expiresAt, ttl, maxExpiresAt } = life;
  const left = Number.isFinite(expiresAt)
    ? `${span(expiresAt - now)} left`
    : 'no end known';
  const whole = Number.isFinite(ttl) ? ` of ${span(ttl)}` : '';
  if (!isRenewable(life)) return `${left}${whole}, not renewable`;
  return Number.isFinite(maxExpiresAt)
    ? `${left}${whole}, renewable for ${span(Math.max(0, maxExpiresAt - now))}`
    : `${left}${whole}, renewable without limit`;
}
