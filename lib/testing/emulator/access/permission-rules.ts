import { matchesGlob } from './glob.js';

/** Conditions of one field; all that are given must hold. */
export interface FieldConditions {
  readonly $eq?: string;
  readonly $ne?: string;
  readonly $in?: readonly string[];
  readonly $nin?: readonly string[];
  readonly $all?: readonly string[];
  readonly $glob?: string;
  readonly $elemMatch?: Readonly<Record<string, FieldCondition>>;
}

export type FieldCondition = string | FieldConditions;

/** One line of a role: what may (or, inverted, may not) be done to what. */
export interface PermissionRule {
  readonly action: string | readonly string[];
  readonly subject: string | readonly string[];
  readonly inverted?: boolean;
  readonly conditions?: Readonly<Record<string, FieldCondition>>;
}

/** What a permission is asked for; `at` is compared with the conditions. */
export interface PermissionTarget {
  readonly environment?: string;
  readonly secretPath?: string;
  readonly secretName?: string;
  readonly secretTags?: readonly string[];
  readonly metadata?: readonly { key: string; value: string }[];
}

/** Every action, every subject. */
const ANY_ACTION = 'manage';
const ANY_SUBJECT = 'all';

/** The rules that exist for an action on a subject, whatever they say. */
export function rulesFor(
  rules: readonly PermissionRule[],
  action: string,
  subject: string,
): PermissionRule[] {
  return rules.filter(
    (rule) =>
      has(rule.action, action, ANY_ACTION) &&
      has(rule.subject, subject, ANY_SUBJECT),
  );
}

/**
 * The last rule that fits decides; without one nothing is allowed. Asked
 * without a target, conditions count in the caller's favour.
 */
export function isAllowed(
  rules: readonly PermissionRule[],
  action: string,
  subject: string,
  at?: PermissionTarget,
): boolean {
  for (const rule of rulesFor(rules, action, subject).reverse()) {
    const { conditions, inverted = false } = rule;
    if (!conditions) return !inverted;
    if (at ? fits(at, conditions) : !inverted) return !inverted;
  }
  return false;
}

function fits(
  value: object,
  conditions: Readonly<Record<string, FieldCondition>>,
): boolean {
  return Object.entries(conditions).every(([field, condition]) =>
    holds((value as Record<string, unknown>)[field], condition),
  );
}

function holds(value: unknown, condition: FieldCondition): boolean {
  if (typeof condition === 'string') return value === condition;
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  const { $eq, $ne, $in, $nin, $all, $glob, $elemMatch } = condition;
  const isIn = (list: readonly string[]) =>
    values.some((one) => list.includes(one as string));
  return (
    ($eq === undefined || values.includes($eq)) &&
    ($ne === undefined || !values.includes($ne)) &&
    ($in === undefined || isIn($in)) &&
    ($nin === undefined || !isIn($nin)) &&
    ($all === undefined || $all.every((one) => values.includes(one))) &&
    ($glob === undefined ||
      values.some(
        (one) => typeof one === 'string' && matchesGlob(one, $glob),
      )) &&
    ($elemMatch === undefined ||
      values.some((one) => isObject(one) && fits(one, $elemMatch)))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function has(
  names: string | readonly string[],
  name: string,
  wildcard: string,
): boolean {
  const list = typeof names === 'string' ? [names] : names;
  return list.includes(name) || list.includes(wildcard);
}
