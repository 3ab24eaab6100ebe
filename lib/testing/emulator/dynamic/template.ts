import { randomInt } from 'node:crypto';

export const ALPHANUMERIC =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const EXPRESSION = /\{\{\{?\s*([^{}]*?)\s*\}?\}\}/g;

/** Fills `{{name}}`; nothing is escaped and an unknown name is empty. */
export function renderStatement(
  template: string,
  variables: Readonly<Record<string, string>>,
): string {
  return template.replace(
    EXPRESSION,
    (_whole, name: string) => variables[name] ?? '',
  );
}

export interface UsernameVariables {
  readonly identityName: string;
  readonly dynamicSecretName: string;
  readonly dynamicSecretType: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

type Values = Readonly<Record<string, string>>;

/** A user name from its template; without one, 32 letters and digits. */
export function renderUsername(
  template: string | null,
  variables: UsernameVariables,
): string {
  const values: Values = {
    randomUsername: randomText(32),
    unixTimestamp: String(variables.now),
    'identity.name': variables.identityName,
    'dynamicSecret.name': variables.dynamicSecretName,
    'dynamicSecret.type': variables.dynamicSecretType,
  };
  return (template ?? '{{randomUsername}}').replace(
    EXPRESSION,
    (_whole, expression: string) => evaluate(expression, values) ?? '',
  );
}

/** Whether every expression of a user name template is known. */
export function isUsernameTemplate(template: string): boolean {
  const values: Values = {
    randomUsername: '',
    unixTimestamp: '',
    'identity.name': '',
    'dynamicSecret.name': '',
    'dynamicSecret.type': '',
  };
  return [...template.matchAll(EXPRESSION)].every(
    ([, expression = '']) => evaluate(expression, values) !== undefined,
  );
}

function evaluate(expression: string, values: Values): string | undefined {
  const [helper = '', ...args] = expression.split(/\s+/);
  const count = Number(args.at(-1));
  if (helper === 'random' && args.length === 1 && count >= 1 && count <= 100) {
    return randomText(count);
  }
  if (helper === 'truncate' && args.length === 2 && count >= 0) {
    return values[args[0] ?? '']?.slice(0, count);
  }
  return args.length === 0 ? values[helper] : undefined;
}

export function randomText(length: number, from = ALPHANUMERIC): string {
  return Array.from({ length }, () => from[randomInt(from.length)]).join('');
}
