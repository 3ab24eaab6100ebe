import { type DynamicModule, Module } from '@nestjs/common';
import { rootName } from '../common/root-name.js';
import { rootObserverToken } from '../decorators/root-observer.js';
import { RootTelemetry } from './root-telemetry.js';
import {
  checkProviders,
  type InfisicalTelemetryProviders,
  startTelemetry,
} from './telemetry-options.js';

/**
 * Options of `InfisicalOpenTelemetryModule.forRoot`.
 *
 * @example
 * ```ts
 * const options: InfisicalOpenTelemetryOptions = { root: 'billing' };
 * ```
 *
 * @publicApi
 */
export interface InfisicalOpenTelemetryOptions extends InfisicalTelemetryProviders {
  /** Name of the root that is watched, as in `InfisicalModule.forRoot({ name })`. Default: the root without a name. */
  root?: string;
}

const WHAT = 'InfisicalOpenTelemetryModule.forRoot';

/**
 * Spans and metrics of a root for OpenTelemetry, from its first call to its
 * last. There is no name of a secret or a folder in them, no value, and no
 * token.
 *
 * Needs `@opentelemetry/api`, and an SDK that the app has started.
 *
 * @example
 * ```ts
 * // Of the root module:
 * const imports = [
 *   InfisicalModule.forRoot({ projectId, environment: 'prod' }),
 *   InfisicalOpenTelemetryModule.forRoot(),
 * ];
 * ```
 *
 * @publicApi
 */
@Module({})
export class InfisicalOpenTelemetryModule {
  /**
   * To be imported once for each root that is watched.
   *
   * @throws InfisicalConfigError at once when an option is wrong; at bootstrap
   * when `@opentelemetry/api` is missing, or there is no such root
   */
  static forRoot(options: InfisicalOpenTelemetryOptions = {}): DynamicModule {
    checkProviders(options, 'root', WHAT);
    const root = rootName(options.root, `${WHAT}: root`);
    const token = rootObserverToken(root);
    return {
      module: InfisicalOpenTelemetryModule,
      // The root finds it wherever it is imported.
      global: true,
      providers: [
        {
          provide: token,
          useFactory: async () =>
            new RootTelemetry(await startTelemetry(options, root, WHAT), root),
        },
      ],
      exports: [token],
    };
  }
}
