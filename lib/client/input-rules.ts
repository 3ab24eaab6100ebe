import { type Check, check, OBJECT } from './option-checks.js';

/**
 * Checks a value that has parts of its own.
 *
 * @param at its place in the options: `provider.inputs.host`
 * @throws InfisicalConfigError naming the place and the form, never the value
 */
export type Rule = (operation: string, at: string, value: unknown) => void;

/** Rules of an object's fields. Fields without one pass: a newer server may know them. */
export type Rules<I> = { readonly [Name in keyof Required<I>]: Rule };

/** A value without parts. */
export function is(form: Check): Rule {
  return (operation, at, value) => check(operation, at, value, form);
}

/** May be absent. */
export function optional(rule: Rule): Rule {
  return (operation, at, value) => {
    if (value !== undefined) rule(operation, at, value);
  };
}

/** An object with these fields; `whole` is about all of them. */
export function object<I>(rules: Rules<I>, whole?: Check): Rule {
  return (operation, at, value) => {
    check(operation, at, value, OBJECT);
    checkFields(operation, at, value as object, rules);
    if (whole) check(operation, at, value, whole);
  };
}

/** An array of at least `least` items. */
export function list(rule: Rule, least = 0): Rule {
  const form: Check = {
    expected: least > 0 ? 'an array with something in it' : 'an array',
    accepts: (value) => Array.isArray(value) && value.length >= least,
  };
  return (operation, at, value) => {
    check(operation, at, value, form);
    (value as unknown[]).forEach((item, index) =>
      rule(operation, `${at}[${index}]`, item),
    );
  };
}

/**
 * An object whose field `by` says which other fields it has.
 *
 * @param absent what an absent field stands for; without it, it must be there
 */
export function oneOfForms(
  by: string,
  forms: Readonly<Record<string, Readonly<Record<string, Rule>>>>,
  absent?: string,
): Rule {
  const names = Object.keys(forms);
  const form: Check = {
    expected: `one of ${names.map((name) => `"${name}"`).join(', ')}`,
    accepts: (value) =>
      typeof value === 'string' && Object.hasOwn(forms, value),
  };
  return (operation, at, value) => {
    check(operation, at, value, OBJECT);
    const chosen = (value as Record<string, unknown>)[by] ?? absent;
    check(operation, `${at}.${by}`, chosen, form);
    checkFields(operation, at, value as object, forms[chosen as string] ?? {});
  };
}

/** Both rules. */
export function both(one: Rule, other: Rule): Rule {
  return (operation, at, value) => {
    one(operation, at, value);
    other(operation, at, value);
  };
}

function checkFields(
  operation: string,
  at: string,
  value: object,
  rules: Readonly<Record<string, Rule>>,
): void {
  for (const [name, rule] of Object.entries(rules)) {
    rule(operation, `${at}.${name}`, (value as Record<string, unknown>)[name]);
  }
}
