import type { TokenManager } from '../auth/token-manager.js';
import type { TokenLife } from '../auth/token-life.js';
import { usableLife } from '../auth/token.state.js';
import { contextOf, type InfisicalClient } from '../client/infisical-client.js';
import type { Clock } from '../common/clock.js';
import { CallTelemetry } from './call-telemetry.js';
import { observeGauge } from './gauge.js';
import type { Telemetry } from './telemetry-options.js';

/** Watches calls and token of a client until it is closed, or until what this returns is called. */
export function watchClient(
  client: InfisicalClient,
  telemetry: Telemetry,
): () => void {
  const { http, tokens } = contextOf(client);
  const { lifetime } = tokens;
  if (lifetime.aborted) return () => undefined;
  const ends = [
    http.observers.add(new CallTelemetry(telemetry, http.clock)),
    ...observeToken(telemetry, tokens, http.clock),
  ];
  const stop = (): void => {
    lifetime.removeEventListener('abort', stop);
    for (const end of ends) end();
  };
  lifetime.addEventListener('abort', stop);
  return stop;
}

function observeToken(
  telemetry: Telemetry,
  tokens: TokenManager,
  clock: Clock,
): (() => void)[] {
  const gauge = (
    name: string,
    description: string,
    read: (life: TokenLife, now: number) => number,
  ): (() => void) =>
    observeGauge(telemetry, name, { description, unit: 's' }, (observe) => {
      const now = clock.monotonic();
      const life = usableLife(tokens.state, now);
      const ms = life ? read(life, now) : Infinity;
      if (Number.isFinite(ms)) observe(ms / 1000);
    });
  return [
    gauge(
      'infisical.token.age',
      'Time since the access token in use was obtained.',
      ({ obtainedAt }, now) => now - obtainedAt,
    ),
    gauge(
      'infisical.token.time_to_expiry',
      'Time until the access token in use stops working; none while there is none, or it never does.',
      ({ expiresAt }, now) => expiresAt - now,
    ),
  ];
}
