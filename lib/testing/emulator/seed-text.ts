import type { Pair } from 'yaml';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import { loadYaml, type Yaml } from './packages.js';
import type { EmulatorSeed } from './seed.js';
import type { SeedIssue, SeedLocator } from './seed-error.js';

interface SeedText {
  readonly seed: EmulatorSeed;
  readonly locate: SeedLocator;
}

/** Reads YAML, of which JSON is a part. Errors tell places, never contents. */
export async function readSeedText(text: string): Promise<SeedText> {
  const yaml = await loadYaml();
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const problems = document.errors.map(
    ({ code, pos }) => `${place(pos[0])}: ${code}`,
  );
  if (problems.length > 0) {
    throw new InfisicalConfigError(
      `The emulator's seed is not YAML or JSON. ${problems.join('; ')}.`,
    );
  }
  return {
    seed: toPlain(document),
    locate: (path) => {
      const offset = offsetOf(yaml, document.contents, path);
      return offset === undefined ? undefined : place(offset);
    },
  };
}

function toPlain(document: ReturnType<Yaml['parseDocument']>): EmulatorSeed {
  try {
    return document.toJS() as EmulatorSeed;
  } catch (error) {
    // Such as an alias without an anchor.
    const { name } = error as Error;
    throw new InfisicalConfigError(
      `The emulator's seed cannot be read: ${name}.`,
    );
  }
}

/** Where a part of the seed starts, or the last part on the way to it. */
function offsetOf(
  yaml: Yaml,
  root: unknown,
  path: SeedIssue['path'],
): number | undefined {
  let node = root;
  let offset = start(yaml, node);
  for (const key of path) {
    if (yaml.isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (one) =>
          yaml.isScalar(one.key) && String(one.key.value) === String(key),
      );
      if (!pair) break;
      offset = start(yaml, pair.key) ?? offset;
      node = pair.value;
    } else if (yaml.isSeq(node)) {
      node = node.items[Number(key)];
      if (node === undefined) break;
      offset = start(yaml, node) ?? offset;
    } else break;
  }
  return offset;
}

function start(yaml: Yaml, node: unknown): number | undefined {
  return yaml.isNode(node) ? node.range?.[0] : undefined;
}
