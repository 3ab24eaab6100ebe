import { describeFailure, readOptions } from './cli-options.js';
import { InfisicalEmulator } from './infisical-emulator.js';

async function main(): Promise<void> {
  let emulator: InfisicalEmulator;
  try {
    emulator = new InfisicalEmulator(await readOptions(process.argv.slice(2)));
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

void main();
