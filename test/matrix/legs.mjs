import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every Node.js of `engines`, with the oldest that it allows. */
const NODES = ['20.19', '22', '24', '26'];

/**
 * What is run: the suite with a version of Nest, or the apps that have the
 * packed package installed, which choose theirs; each on a version of Node.js.
 *
 * @param selected versions of Nest and Node.js; all that are supported unless given
 * @param hasPaths whether some tests of the suite are wanted only
 */
export async function planLegs(root, selected, hasPaths) {
  const nodes = selected.node ?? NODES;
  const majors = await supportedMajors(root);
  const suites = nodes.flatMap((node) =>
    (selected.nest ?? majors.map(({ major }) => major)).map((nest) => ({
      nest,
      node,
    })),
  );
  if (selected.nest) return suites;
  // The oldest versions together; in between they would prove little.
  const oldest = nodes.includes(NODES[0])
    ? majors.map(({ oldest }) => ({ nest: oldest, node: NODES[0] }))
    : [];
  const consumers = hasPaths ? [] : nodes.map((node) => ({ node }));
  return [...suites, ...oldest, ...consumers];
}

export function nameOf({ nest, node }) {
  const what = nest ? `Nest ${nest}` : 'consumers';
  return `${what} × Node.js ${node}`;
}

/** The majors of Nest that package.json allows, and the oldest version of each. */
async function supportedMajors(root) {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const range = JSON.parse(text).peerDependencies['@nestjs/core'];
  return range.split('||').map((part) => {
    const oldest = part.trim().replace('^', '');
    return { oldest, major: oldest.split('.')[0] };
  });
}
