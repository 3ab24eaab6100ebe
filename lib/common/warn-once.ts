import type { ClientLogger } from './client-logger.js';

const said = new WeakMap<ClientLogger, Set<string>>();

/** Warns, but never twice of the same thing in the same place. */
export function warnOnce(
  logger: ClientLogger,
  about: string,
  message: string,
): void {
  const topics = said.get(logger) ?? new Set();
  if (topics.has(about)) return;
  said.set(logger, topics.add(about));
  logger.warn(message);
}
