import { apiPath } from '../http/api-path.js';
import type { ServerSentEvent } from '../http/server-sent-events.js';
import type { ClientContext } from './client-context.js';

/** What may happen to secrets of a folder (contract: secrets §10). */
const EVENTS = [
  'secret:create',
  'secret:update',
  'secret:delete',
  'secret:import-mutation',
];

/** Three heartbeats of the server, which come every 15 s (contract: secrets §10). Milliseconds. */
const SILENCE = 45_000;

/** The folders of an environment that are asked for. */
export interface WatchedFolders {
  readonly projectId: string;
  /** The slug. */
  readonly environment: string;
  readonly path: string;
  /** Whether all folders below it are, too. */
  readonly recursive: boolean;
}

/** A folder in which something changed. */
export interface ChangedFolder {
  readonly projectId: string;
  /** The slug. */
  readonly environment: string;
  readonly path: string;
}

/**
 * Asks to be told of changes. Resolves when the server listens, with what it
 * tells until it ends the stream, which it does after an hour.
 *
 * @throws InfisicalValidationError when the plan has no event subscriptions
 * @throws InfisicalPermissionError
 */
export async function subscribeToProject(
  context: ClientContext,
  { projectId, environment, path, recursive }: WatchedFolders,
  signal: AbortSignal,
): Promise<AsyncGenerator<ChangedFolder>> {
  // Older servers take the path for the beginning of one, newer ones for a
  // glob, so both are asked for: 8 items of the 10 that are allowed
  // (contract: secrets §10).
  const below = `${path === '/' ? '' : path}/**`;
  const register = (recursive ? [path, below] : [path]).flatMap((secretPath) =>
    EVENTS.map((event) => ({
      event,
      conditions: { environmentSlug: environment, secretPath },
    })),
  );
  const events = await context.openEvents(
    {
      method: 'POST',
      path: apiPath`/api/v1/events/subscribe/project-events`,
      body: { projectId, register },
      operation: 'events.subscribe',
    },
    signal,
    SILENCE,
  );
  return changedFolders(events, projectId);
}

async function* changedFolders(
  events: AsyncGenerator<ServerSentEvent>,
  projectId: string,
): AsyncGenerator<ChangedFolder> {
  for await (const { event, data } of events) {
    if (!EVENTS.includes(event)) continue;
    for (const folder of readFolders(data)) yield { projectId, ...folder };
  }
}

/** The folders of an event, which has a list of secrets, or one folder when imports changed (contract: secrets §10). */
function readFolders(text: string): Omit<ChangedFolder, 'projectId'>[] {
  let payload: unknown;
  try {
    const { data } = JSON.parse(text) as { data?: { payload?: unknown } };
    payload = data?.payload;
  } catch {
    return [];
  }
  const entries: unknown[] = Array.isArray(payload) ? payload : [payload];
  const folders = entries.flatMap((entry) => {
    const { environment, secretPath: path } = (entry ?? {}) as Record<
      string,
      unknown
    >;
    return typeof environment === 'string' && typeof path === 'string'
      ? [{ environment, path }]
      : [];
  });
  const distinct = new Map(
    folders.map((folder) => [`${folder.environment} ${folder.path}`, folder]),
  );
  return [...distinct.values()];
}
