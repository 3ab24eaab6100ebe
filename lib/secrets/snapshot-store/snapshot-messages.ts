import type { SecretsEvent } from '../secrets-event.js';

/** The log line of an event of the snapshot store; undefined for other events. */
export function snapshotMessage(event: SecretsEvent): string | undefined {
  switch (event.kind) {
    case 'snapshot-restored':
      return `The server is away, so secrets come from the snapshot store, as they were ${Math.round(event.age / 1000)} s ago. They are replaced as soon as the server answers. ${event.error.message}`;
    case 'snapshot-refused':
    case 'snapshot-store-failed':
      return event.error.message;
    default:
      return undefined;
  }
}
