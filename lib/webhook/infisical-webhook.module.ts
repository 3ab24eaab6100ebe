import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { rootName } from '../common/root-name.js';
import { asyncProviders, checkSource } from '../core/async-options.js';
import { webhookControllerAt } from './webhook.controller.js';
import {
  type InfisicalWebhookAsyncOptions,
  type InfisicalWebhookExtras,
  type InfisicalWebhookOptions,
  type ResolvedWebhook,
  resolveWebhook,
  WEBHOOK_EXTRAS,
  webhookPath,
} from './webhook-options.js';
import { InfisicalWebhookReceiver } from './webhook-receiver.js';

/** Token of the checked options. */
const INFISICAL_WEBHOOK = Symbol('INFISICAL_WEBHOOK');

/** In a box, so that no printed provider holds the secret. */
interface WebhookBox {
  readonly open: () => ResolvedWebhook;
}

/**
 * A route for Infisical's webhooks: a change of secrets reaches the app within
 * a second or two, without waiting for the next refresh. Deliveries that are
 * not signed with the secret, too old, or repeated are answered 401. The app
 * needs raw bodies for that: `NestFactory.create(AppModule, { rawBody: true })`.
 *
 * @example
 * ```ts
 * import { secret } from './settings.js';
 *
 * // Of the root module:
 * const imports = [
 *   InfisicalModule.forRoot({ projectId, environment: 'prod' }),
 *   InfisicalWebhookModule.forRoot({ path: 'hooks/infisical', secret }),
 * ];
 * ```
 *
 * @publicApi
 */
@Module({})
export class InfisicalWebhookModule {
  /**
   * To be imported once for each webhook.
   *
   * @throws InfisicalConfigError at once when an option is wrong, at bootstrap
   * when there is no such root
   */
  static forRoot(
    options: InfisicalWebhookOptions & InfisicalWebhookExtras,
  ): DynamicModule {
    const what = 'InfisicalWebhookModule.forRoot';
    const { path, root, ...own } = options;
    const resolved = resolveWebhook(own, what);
    const box: WebhookBox = { open: () => resolved };
    return webhookModule({ path, root }, what, {
      providers: [{ provide: INFISICAL_WEBHOOK, useValue: box }],
    });
  }

  /**
   * The same, with the secret from a factory, a class or another provider,
   * such as the `SecretsService`.
   *
   * @throws InfisicalConfigError at once when there is not exactly one of
   * them, at bootstrap when what it makes cannot be used
   */
  static forRootAsync(options: InfisicalWebhookAsyncOptions): DynamicModule {
    const what = 'InfisicalWebhookModule.forRootAsync';
    const form = {
      name: what,
      optionNames: WEBHOOK_EXTRAS,
      method: 'createInfisicalWebhookOptions',
      deliver: async (
        make: () => Promise<InfisicalWebhookOptions>,
      ): Promise<WebhookBox> => {
        const resolved = resolveWebhook(await make(), what);
        return { open: () => resolved };
      },
    };
    checkSource(options, form);
    return webhookModule(options, what, {
      imports: options.imports,
      providers: asyncProviders(INFISICAL_WEBHOOK, options, form),
    });
  }
}

function webhookModule(
  { path, root }: InfisicalWebhookExtras,
  what: string,
  parts: Pick<DynamicModule, 'imports'> & { readonly providers: Provider[] },
): DynamicModule {
  const at = webhookPath(path, what);
  const name = rootName(root, `${what}: root`);
  return {
    module: InfisicalWebhookModule,
    imports: parts.imports,
    controllers: at === false ? [] : [webhookControllerAt(at)],
    providers: [
      ...parts.providers,
      {
        provide: InfisicalWebhookReceiver,
        useFactory: (box: WebhookBox, modules: ModulesContainer) =>
          new InfisicalWebhookReceiver(box.open(), modules, name),
        inject: [INFISICAL_WEBHOOK, ModulesContainer],
      },
    ],
    exports: [InfisicalWebhookReceiver],
  };
}
