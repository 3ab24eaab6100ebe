import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  asyncOptionsProviders,
  INFISICAL_RAW_OPTIONS,
  type InfisicalModuleExtras,
} from '../../core/module-options.js';
import { rootModule } from '../../infisical.module.js';
import { INFISICAL_SCHEDULER } from '../../renewal/named-timer.js';
import {
  getInfisicalTestingToken,
  InfisicalTesting,
} from './infisical-testing.js';
import {
  checkTestingOptions,
  type InfisicalTestingOptions,
} from './testing-options.js';

/**
 * The part of Nest's `TestingModuleBuilder` that `override` needs.
 *
 * @example
 * ```ts
 * import { AppModule } from './app.module.js';
 *
 * const builder: OverridingBuilder = Test.createTestingModule({
 *   imports: [AppModule],
 * });
 * InfisicalTestingModule.override(builder, { secrets: { API_KEY: 'test' } });
 * ```
 *
 * @publicApi
 */
export interface OverridingBuilder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}

/** Holds the memory of a root. */
@Module({})
class InfisicalMemoryModule {}

/**
 * Infisical for a test module, out of memory: no server, no socket, no timer,
 * no task. Everything above the connection is the code of production.
 *
 * @example
 * ```ts
 * import { PaymentsModule } from './payments.module.js';
 *
 * const module = await Test.createTestingModule({
 *   imports: [
 *     InfisicalTestingModule.forRoot({
 *       secrets: { API_KEY: 'test', '/payments': { STRIPE_KEY: 'test' } },
 *     }),
 *     PaymentsModule,
 *   ],
 * }).compile();
 * ```
 *
 * @publicApi
 */
@Module({})
export class InfisicalTestingModule {
  /**
   * In the place of `InfisicalModule.forRoot`. Each app that imports it has a
   * memory of its own.
   *
   * @throws InfisicalConfigError naming the first wrong option
   */
  static forRoot(
    options: InfisicalTestingOptions & InfisicalModuleExtras = {},
  ): DynamicModule {
    const { name, isGlobal = true, ...rest } = options;
    checkTestingOptions(rest, 'InfisicalTestingModule.forRoot');
    const token = getInfisicalTestingToken(name);
    const memory: DynamicModule = {
      module: InfisicalMemoryModule,
      providers: [
        { provide: token, useFactory: () => new InfisicalTesting(rest) },
      ],
      exports: [token],
    };
    const providers = asyncOptionsProviders({
      inject: [token],
      useFactory: (testing: InfisicalTesting) => testing.moduleOptions(),
    });
    const root = rootModule(
      { imports: [memory], providers },
      { name, isGlobal },
      rest.clock ? [] : [privateScheduler()],
    );
    return {
      module: InfisicalTestingModule,
      imports: [memory, root],
      exports: [memory, root],
    };
  }

  /**
   * For an app that imports `InfisicalModule.forRoot` itself: its options, and
   * what makes them, give way to the memory. Named roots all get the same.
   *
   * @param builder what `Test.createTestingModule` gives
   * @returns what the test may change
   * @throws InfisicalConfigError naming the first wrong option
   */
  static override(
    builder: OverridingBuilder,
    options: InfisicalTestingOptions = {},
  ): InfisicalTesting {
    checkTestingOptions(options, 'InfisicalTestingModule.override');
    const testing = new InfisicalTesting(options);
    builder
      .overrideProvider(INFISICAL_RAW_OPTIONS)
      .useValue(testing.moduleOptions());
    if (!options.clock) {
      builder
        .overrideProvider(INFISICAL_SCHEDULER)
        .useValue(new SchedulerRegistry());
    }
    return testing;
  }
}

/** The app's own registry stays empty. */
function privateScheduler(): Provider {
  return {
    provide: INFISICAL_SCHEDULER,
    useFactory: () => new SchedulerRegistry(),
  };
}
