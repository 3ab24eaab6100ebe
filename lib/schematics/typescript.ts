import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';

/** The compiler's programming interface. */
export type TypeScript = typeof ts;

/** The newest major version of TypeScript that is named in messages. */
const COMMAND = 'npm install --save-dev typescript@5';

/**
 * The TypeScript of the app, else that of the CLI that runs the schematic.
 * Those without a programming interface are passed over.
 *
 * @throws Error when there is none
 */
export function loadTypeScript(
  places: readonly string[] = [
    join(process.cwd(), 'package.json'),
    process.argv[1] ?? '',
  ],
): TypeScript {
  for (const place of places) {
    try {
      const found = createRequire(place)('typescript') as Partial<TypeScript>;
      if (typeof found.createSourceFile === 'function') {
        return found as TypeScript;
      }
    } catch {
      // Not there.
    }
  }
  throw new Error(
    `The root module cannot be read: neither the app nor the Nest CLI has a TypeScript with a programming interface. Run: ${COMMAND}`,
  );
}
