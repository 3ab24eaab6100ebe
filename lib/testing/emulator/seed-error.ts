import { InfisicalConfigError } from '../../common/infisical.error.js';

/** Something that is wrong in a seed, and where. */
export interface SeedIssue {
  /** Keys and indexes below the seed. */
  readonly path: readonly (string | number)[];
  /** What is wrong, with the path in words. */
  readonly text: string;
}

/** Where in a text a part of the seed stands, such as `line 3, column 5`. */
export type SeedLocator = (path: SeedIssue['path']) => string | undefined;

/** A seed that cannot be used. */
export class SeedIssues extends Error {
  constructor(readonly issues: readonly SeedIssue[]) {
    super(issues.map(({ text }) => text).join('; '));
  }
}

/** Says what is wrong in the form `seed.<path>: <text>`. */
export function badSeed(text: string): SeedIssues {
  const [, ...keys] = text.slice(0, text.indexOf(': ')).split('.');
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return new SeedIssues([{ path, text }]);
}

/** The error that tells of the issues, with their places in a text. */
export function seedError(
  { issues }: SeedIssues,
  locate: SeedLocator = () => undefined,
): InfisicalConfigError {
  const lines = issues.map(({ path, text }) => {
    const place = locate(path);
    return place === undefined ? text : `${place}: ${text}`;
  });
  return new InfisicalConfigError(
    `The emulator's seed is not valid. ${lines.join('; ')}.`,
  );
}
