export {
  InfisicalOpenTelemetryModule,
  type InfisicalOpenTelemetryOptions,
} from './infisical-opentelemetry.module.js';
export {
  instrumentInfisicalClient,
  type InstrumentInfisicalClientOptions,
} from './instrument-client.js';
export type { InfisicalTelemetryProviders } from './telemetry-options.js';
