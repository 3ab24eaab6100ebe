import type { InfisicalAsyncSource } from '../core/async-options.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';

/**
 * How deliveries are checked.
 *
 * @example
 * ```ts
 * import { oldSecret, secret } from './settings.js';
 *
 * const options: InfisicalWebhookOptions = {
 *   secret: [secret, oldSecret], // while it is being replaced
 *   maxAge: '1m',
 * };
 * InfisicalWebhookModule.forRoot(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalWebhookOptions {
  /** The secret key of the webhook, as it was entered in Infisical; several while it is being replaced. */
  secret: string | readonly string[];
  /** How old a delivery may be, and how far ahead this machine's clock may be behind. Deliveries are accepted once in this time. Default 5 min. */
  maxAge?: Duration;
}

/**
 * What `InfisicalWebhookModule.forRoot` and `forRootAsync` take besides the
 * options.
 *
 * @example
 * ```ts
 * import { secret } from './settings.js';
 *
 * const extras: InfisicalWebhookExtras = { path: 'hooks/billing', root: 'billing' };
 * InfisicalWebhookModule.forRoot({ secret, ...extras });
 * ```
 *
 * @publicApi
 */
export interface InfisicalWebhookExtras {
  /** Path of the route, below the app's global prefix; false for none, where a controller of your own calls the {@link InfisicalWebhookReceiver}. Default `infisical/webhook`. */
  path?: string | false;
  /** Name of the root whose secrets are refreshed, as in `InfisicalModule.forRoot({ name })`. Default: the root without a name. */
  root?: string;
}

/**
 * Creates the options of the webhook, for `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * export class WebhookOptions implements InfisicalWebhookOptionsFactory {
 *   constructor(@Inject(ConfigService) private readonly config: ConfigService) {}
 *
 *   createInfisicalWebhookOptions(): InfisicalWebhookOptions {
 *     return { secret: this.config.getOrThrow('WEBHOOK_SECRET') };
 *   }
 * }
 * InfisicalWebhookModule.forRootAsync({ useClass: WebhookOptions });
 * ```
 *
 * @publicApi
 */
export interface InfisicalWebhookOptionsFactory {
  createInfisicalWebhookOptions():
    InfisicalWebhookOptions | Promise<InfisicalWebhookOptions>;
}

/**
 * Options of `InfisicalWebhookModule.forRootAsync`: exactly one of
 * `useFactory`, `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * // The key of the webhook is a secret of Infisical itself.
 * const options: InfisicalWebhookAsyncOptions = {
 *   inject: [SecretsService],
 *   useFactory: (secrets: SecretsService) => ({
 *     secret: secrets.getOrThrow('INFISICAL_WEBHOOK_SECRET'),
 *   }),
 * };
 * InfisicalWebhookModule.forRootAsync(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalWebhookAsyncOptions
  extends
    InfisicalAsyncSource<
      InfisicalWebhookOptions,
      InfisicalWebhookOptionsFactory
    >,
    InfisicalWebhookExtras {}

/** The options, checked; in milliseconds. */
export interface ResolvedWebhook {
  readonly secrets: readonly string[];
  readonly maxAge: number;
}

export const WEBHOOK_EXTRAS: readonly (keyof InfisicalWebhookExtras)[] = [
  'path',
  'root',
];

/** Clocks of well-kept machines, and a slow network. Milliseconds. */
const MAX_AGE = 300_000;

const PATH = 'infisical/webhook';

/** @throws InfisicalConfigError naming the first wrong option, never its value */
export function resolveWebhook(
  options: InfisicalWebhookOptions,
  what: string,
): ResolvedWebhook {
  assertKnownOptions(options, ['secret', 'maxAge'], what);
  const { secret, maxAge = MAX_AGE } = options ?? {};
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (
    !Array.isArray(secrets) ||
    secrets.length === 0 ||
    !secrets.every((one) => typeof one === 'string' && one !== '')
  ) {
    throw new InfisicalConfigError(
      `${what}: secret must be the secret key of the webhook, a non-empty text, or several of them. A webhook without one is not signed: give it one in Infisical.`,
    );
  }
  const age = toMilliseconds(maxAge, `${what}: maxAge`);
  if (age === 0) {
    throw new InfisicalConfigError(
      `${what}: maxAge must be longer than 0, or no delivery is accepted.`,
    );
  }
  return { secrets: [...(secrets as string[])], maxAge: age };
}

/** @throws InfisicalConfigError when it cannot be one */
export function webhookPath(
  path: InfisicalWebhookExtras['path'] = PATH,
  what: string,
): string | false {
  if (path === false || (typeof path === 'string' && path.trim() !== '')) {
    return path;
  }
  throw new InfisicalConfigError(
    `${what}: path must be the path of a route, such as "${PATH}", or false for none.`,
  );
}
