import { describeFailure, readOptions, USAGE } from './cli-options.js';
import { InfisicalEmulator } from './infisical-emulator.js';

/** Runs an emulator until the process is told to end. */
export async function runEmulator(args: string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return;
  }
  let emulator: InfisicalEmulator;
  try {
    emulator = new InfisicalEmulator(await readOptions(args));
    await emulator.start();
  } catch (error) {
    const failure = describeFailure(error as NodeJS.ErrnoException);
    console.error(failure.text);
    process.exitCode = failure.exitCode;
    return;
  }
  const stop = (): void => {
    void emulator.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  console.log(emulator.url);
}
