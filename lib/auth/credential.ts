import { existsSync } from 'node:fs';
import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { Redacted } from '../common/redaction.js';
import { deleteCredentialFile, readCredentialFile } from './credential-file.js';

/**
 * A credential: the value itself, a function that is called again at every
 * login, or a file that is read again at every login, so that a rotated
 * credential is picked up.
 *
 * @example
 * ```ts
 * import { readVault } from './vault.js';
 *
 * const fromFile: Credential = { file: '/run/secrets/infisical' };
 * const fromVault: Credential = () => readVault('infisical');
 * const auth: AuthOptions = {
 *   universalAuth: { clientId, clientSecret: fromVault },
 * };
 * ```
 *
 * @publicApi
 */
export type Credential =
  string | CredentialFile | (() => string | Promise<string>);

/**
 * A file that holds a credential and nothing else; white space around it is
 * removed. One that everybody may write is refused. One that everybody may
 * read, or a group may write, is warned of once, unless Docker or Kubernetes
 * mounted it.
 *
 * @example
 * ```ts
 * const clientSecret: CredentialFile = {
 *   file: '/run/secrets/infisical',
 *   deleteAfterRead: true,
 * };
 * const auth: AuthOptions = { universalAuth: { clientId, clientSecret } };
 * ```
 *
 * @publicApi
 */
export interface CredentialFile {
  file: string;
  /**
   * Delete the file as soon as it has been read, and keep its text in memory
   * for later logins. A new file in its place is read, and deleted, at the next
   * login. Default false.
   */
  deleteAfterRead?: boolean;
}

/**
 * Checks the form of a credential, before anything is read.
 *
 * @throws InfisicalConfigError naming the option
 */
export function requireCredential(credential: unknown, option: string): void {
  if (
    typeof credential === 'function' ||
    isText(credential) ||
    isFile(credential)
  ) {
    return;
  }
  throw new InfisicalConfigError(
    `${option} is missing: pass a non-empty string, a function that returns one, or { file: '/path' }.`,
  );
}

/** The same for one that may be left out. */
export function allowCredential(credential: unknown, option: string): void {
  if (credential !== undefined) requireCredential(credential, option);
}

/** @throws InfisicalConfigError naming the option */
export function requireText(value: unknown, option: string): void {
  if (isText(value)) return;
  throw new InfisicalConfigError(
    `${option} is missing: pass a non-empty string.`,
  );
}

/** The same for one that may be left out. */
export function allowText(value: unknown, option: string): void {
  if (value !== undefined) requireText(value, option);
}

/**
 * The value of a credential, trimmed.
 *
 * @throws InfisicalConfigError naming the option when it is empty, or its file cannot be read or may be written by everybody
 */
export async function readCredential(
  credential: Credential,
  option: string,
  logger: ClientLogger,
): Promise<string> {
  const value: unknown =
    typeof credential === 'function'
      ? await credential()
      : typeof credential === 'string'
        ? credential
        : await readFileOf(credential, option, logger);
  if (isText(value)) return value.trim();
  throw new InfisicalConfigError(
    `${option} is empty: ${typeof credential === 'object' ? `the file "${credential.file}" holds nothing` : 'pass a non-empty string, or a function that returns one'}.`,
  );
}

/** Texts of files that are gone, each with the option it was given in. */
const kept = new WeakMap<CredentialFile, Redacted>();

async function readFileOf(
  credential: CredentialFile,
  option: string,
  logger: ClientLogger,
): Promise<string> {
  const { file, deleteAfterRead = false } = credential;
  const before = kept.get(credential);
  // Read once already, and nothing new is there.
  if (before && !existsSync(file)) return before.reveal();
  const text = await readCredentialFile(file, option, logger);
  if (deleteAfterRead) {
    kept.set(credential, new Redacted(text));
    await deleteCredentialFile(file, option, logger);
  }
  return text;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isFile(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'file' in value &&
    isText(value.file) &&
    (!('deleteAfterRead' in value) ||
      value.deleteAfterRead === undefined ||
      typeof value.deleteAfterRead === 'boolean')
  );
}
