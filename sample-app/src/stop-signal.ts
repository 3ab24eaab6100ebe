/** How often to look for the parent, in milliseconds. */
const INTERVAL = 500;

/**
 * Aborted when the process is to end. The listeners stay, because a second
 * signal is not to break the clean end: Ctrl-C under npm may arrive twice, from
 * the terminal and from npm.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  if (process.env.npm_lifecycle_event) watchParent(() => stop.abort());
  return stop.signal;
}

/**
 * npm runs scripts through a shell, and some shells die of a SIGTERM without
 * passing it on. Then only the parent that is gone tells of it.
 */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, INTERVAL).unref();
}
