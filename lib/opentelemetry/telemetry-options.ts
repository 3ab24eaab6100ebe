import type {
  Meter,
  MeterProvider,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import {
  INSTRUMENTATION_NAME,
  loadApi,
  type OpenTelemetryApi,
} from './opentelemetry-api.js';

/**
 * Where spans and metrics go.
 *
 * @example
 * ```ts
 * import { metrics, trace } from '@opentelemetry/api';
 *
 * const providers: InfisicalTelemetryProviders = {
 *   tracerProvider: trace.getTracerProvider(),
 *   meterProvider: metrics.getMeterProvider(),
 * };
 * ```
 *
 * @publicApi
 */
export interface InfisicalTelemetryProviders {
  /** Takes the spans. Default: the global one of `@opentelemetry/api`. */
  tracerProvider?: TracerProvider;
  /** Takes the metrics. Default: the global one of `@opentelemetry/api`. */
  meterProvider?: MeterProvider;
}

/** What spans and metrics are made with. */
export interface Telemetry {
  readonly api: OpenTelemetryApi;
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** On everything. */
  readonly common: Readonly<Record<string, string>>;
}

/** Both kinds of providers, with what makes them out. */
const PROVIDERS = {
  tracerProvider: 'getTracer',
  meterProvider: 'getMeter',
} as const;

/** @throws InfisicalConfigError naming the first wrong option */
export function checkProviders(
  options: InfisicalTelemetryProviders,
  own: 'root' | 'name',
  what: string,
): void {
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(`${what}: its options must be an object.`);
  }
  assertKnownOptions(options, [own, ...Object.keys(PROVIDERS)], what);
  for (const [name, method] of Object.entries(PROVIDERS)) {
    const provider: unknown =
      options[name as keyof InfisicalTelemetryProviders];
    if (provider === undefined) continue;
    const made = (provider as Record<string, unknown> | null)?.[method];
    if (typeof made === 'function') continue;
    throw new InfisicalConfigError(
      `${what}: ${name} must have a method ${method}, as those of the OpenTelemetry SDK; leave it out for the global one.`,
    );
  }
}

/**
 * Loads the API, and takes what the options leave open from it.
 *
 * @param name tells several clients of a process apart
 * @throws InfisicalConfigError naming the package when it is missing
 */
export async function startTelemetry(
  options: InfisicalTelemetryProviders,
  name: string | undefined,
  what: string,
): Promise<Telemetry> {
  const api = await loadApi(what);
  const {
    tracerProvider = api.trace.getTracerProvider(),
    meterProvider = api.metrics.getMeterProvider(),
  } = options;
  return {
    api,
    tracer: tracerProvider.getTracer(INSTRUMENTATION_NAME),
    meter: meterProvider.getMeter(INSTRUMENTATION_NAME),
    common: name === undefined ? {} : { 'infisical.client.name': name },
  };
}
