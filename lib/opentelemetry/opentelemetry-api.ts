import type * as OpenTelemetry from '@opentelemetry/api';
import { loadOptionalPackage } from '../common/optional-package.js';

/** The package `@opentelemetry/api`. */
export type OpenTelemetryApi = typeof OpenTelemetry;

/** The scope of all spans and metrics. */
export const INSTRUMENTATION_NAME = 'nestjs-infisical';

/**
 * Loads the API that the app's SDK registers with.
 *
 * @throws InfisicalConfigError naming the package when it is missing
 */
export function loadApi(neededFor: string): Promise<OpenTelemetryApi> {
  return loadOptionalPackage(
    '@opentelemetry/api',
    neededFor,
    () => import('@opentelemetry/api'),
  );
}
