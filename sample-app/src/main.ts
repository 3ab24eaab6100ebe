import { stopSignal } from './stop-signal.js';

// Signals first, and everything else afterwards: loading it takes a moment, and
// a Ctrl-C in that moment is to be a clean end too.
const stop = stopSignal();
const { run } = await import('./run.js');
process.exit(await run(stop));
