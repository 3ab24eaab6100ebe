import type { EnvAttachment } from '../client/process-env.js';
import type { Folders } from '../push/watched-folders.js';
import {
  describeProblem,
  type SecretProblem,
} from '../secrets/missing-secrets.error.js';

/** Logger context of a root. */
export function loggerContext(root: string | undefined): string {
  return root === undefined ? 'InfisicalModule' : `InfisicalModule:${root}`;
}

function polling(isPolled: boolean): string {
  return isPolled
    ? 'the refreshes at intervals go on.'
    : 'nothing else refreshes them: set refresh.interval.';
}

/** Every log line of the module. No values in any of them. */
export const messages = {
  loaded: (
    origin: string,
    scopes: number,
    secrets: number,
    ms: number,
    restored: number,
  ): string =>
    `${secrets} secrets in ${scopes} scope${scopes === 1 ? '' : 's'} loaded from ${origin}${restored > 0 ? ` (${restored} of them from the snapshot store)` : ''} in ${ms} ms`,

  refreshFailed: (error: Error): string =>
    `The secrets could not be refreshed, the old ones stay in use: ${error.message}`,

  pushOpen: (environment: string, { path, recursive }: Folders): string =>
    `The server tells of changes in environment ${environment}, path ${path}${recursive ? ' and below' : ''}`,

  pushRefused: (
    environment: string,
    { path, recursive }: Folders,
    isPolled: boolean,
    error: Error,
  ): string =>
    `The server does not tell of changes in environment ${environment}, path ${path}${recursive ? ' and below' : ''}, and is not asked to again; ${polling(isPolled)} ${error.message}`,

  pushBroken: (environment: string, isPolled: boolean, error: Error): string =>
    `The event stream of environment ${environment} breaks again and again. It is opened anew from time to time; ${polling(isPolled)} ${error.message}`,

  pushTooMany: (environment: string, most: number, isPolled: boolean): string =>
    `There are scopes of more than ${most} environments, so that the server does not tell of changes in environment ${environment} and others; ${polling(isPolled)}`,

  attachedToEnv: ({ attached, skipped }: EnvAttachment): string => {
    const told = [
      `${attached.length} secrets are environment variables: ${attached.join(', ') || 'none'}`,
    ];
    if (skipped.length > 0) {
      const names = skipped.map(({ name, reason }) => `${name} (${reason})`);
      told.push(`not ${names.join(', ')}`);
    }
    return told.join('; ');
  },

  valueKept: (problem: SecretProblem): string =>
    `A new value was not taken over, the old one stays in use: ${describeProblem(problem)}`,

  secretsRemoved: (names: readonly string[], kept: boolean): string =>
    `No longer found, or not readable any more: ${names.join(', ')}. ${kept ? 'The last values stay in use until the app ends' : 'They are gone from the snapshot'} (refresh.removed).`,

  handlerFailed: (handler: string, error: unknown): string =>
    `${handler} failed to handle changed secrets (${(error as Error | undefined)?.name ?? 'no error'}). The error itself, which may hold a value, is in SecretsService#events$.`,

  handlersSkipped: (classes: readonly string[]): string =>
    `@OnSecretChange is not called on ${classes.join(', ')}: request-scoped and transient classes have no instance to call. Move the method to a singleton.`,

  handlersUnfinished: (count: number): string =>
    `${count} method${count === 1 ? '' : 's'} with @OnSecretChange did not end in time at shutdown.`,

  configRefused: (namespace: string, error: Error): string =>
    `The configuration${namespace && ` "${namespace}"`} keeps its old values, new ones are refused: ${error.message}`,

  endedBy: (signal: string): string => `The start was ended by ${signal}.`,

  leaseNotRevoked: (leaseId: string, error: Error): string =>
    `Lease ${leaseId} was not revoked at shutdown, it ends by itself: ${error.message}`,

  tokenNotRevoked: (error: Error): string =>
    `The access token was not revoked at shutdown, it ends by itself: ${error.message}`,
};
