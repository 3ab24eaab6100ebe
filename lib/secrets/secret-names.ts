/**
 * The names of your secrets, for the compiler. Empty here: declare them in
 * your app, by hand or with `npx nestjs-infisical types`. From then on a name
 * that is not among them is a compile error in `@Secret` and `SecretsService`.
 *
 * @example
 * ```ts
 * declare module 'nestjs-infisical' {
 *   interface InfisicalSecretNames {
 *     DATABASE_URL: string;
 *   }
 * }
 * ```
 *
 * @publicApi
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface InfisicalSecretNames {}

/**
 * A declared name; any text as long as none is declared. Use it in signatures
 * of your own, and for names that are made at run time (`name as
 * KnownSecretName`).
 *
 * @example
 * ```ts
 * function ofTenant(tenant: string): string | undefined {
 *   return secrets.get(`${tenant.toUpperCase()}_KEY` as KnownSecretName);
 * }
 * ```
 *
 * @publicApi
 */
export type KnownSecretName = [keyof InfisicalSecretNames] extends [never]
  ? string
  : Extract<keyof InfisicalSecretNames, string>;
