// Listen for signals first, and load everything else afterwards: loading takes
// a moment, and a Ctrl-C in that moment is to be a clean end too. The listeners
// stay, because Ctrl-C under npm arrives twice: from the terminal and from npm.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort());
}

const { run } = await import('./run.js');
process.exit(await run(stop.signal));
