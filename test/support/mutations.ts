import type { ValidRequest } from './operations.js';
import type { Parameter, Schema } from './request-schemas.js';

/** A valid request with one thing wrong. */
export interface Mutation {
  /** Such as `secrets.0.secretKey is missing`. */
  readonly name: string;
  readonly apply: (request: ValidRequest) => ValidRequest;
  /** Whether the schema refuses it for certain. */
  readonly isInvalid: boolean;
}

type Path = readonly (string | number)[];

const LONG = 'x'.repeat(5000);
const REMOVED = Symbol('removed');

/** Everything that can be wrong with the body of a request. */
export function bodyMutations(schema: Schema, body: unknown): Mutation[] {
  return fieldsOf(schema, body, []).flatMap(
    ({ path, schema: one, required }) => {
      const make = (what: string, value: unknown, isInvalid: boolean) => ({
        name: `${path.join('.')} ${what}`,
        isInvalid,
        apply: (request: ValidRequest): ValidRequest => ({
          ...request,
          body: changed(request.body, path, value) as Record<string, unknown>,
        }),
      });
      const types = typesOf(one);
      const mutations: Mutation[] = [];
      if (required) mutations.push(make('is missing', REMOVED, true));
      if (types.length > 0) {
        mutations.push(make('is of a wrong type', wrong(types), true));
      }
      if (types.includes('string')) {
        const { minLength = 0, maxLength = Infinity, enum: choices } = one;
        const isChoice = choices !== undefined;
        mutations.push(make('is empty', '', minLength > 0 || isChoice));
        const isTooLong = maxLength < LONG.length || isChoice;
        mutations.push(make('is too long', LONG, isTooLong));
      }
      if (types.includes('array')) {
        mutations.push(make('is empty', [], (one.minItems ?? 0) > 0));
      }
      return mutations;
    },
  );
}

/** Everything that can be wrong with the query and the path. */
export function parameterMutations(
  parameters: readonly Parameter[],
  { query = {}, params = {} }: ValidRequest,
): Mutation[] {
  return parameters.flatMap((parameter): Mutation[] => {
    const { name, required = false } = parameter;
    if (parameter.in === 'query') {
      const make = (what: string, value: string | undefined, bad: boolean) => ({
        name: `?${name} ${what}`,
        isInvalid: bad,
        apply: (request: ValidRequest): ValidRequest => ({
          ...request,
          query: withValue(request.query ?? {}, name, value),
        }),
      });
      const list = [
        make('is empty', '', false),
        make('is too long', LONG, false),
      ];
      return required && name in query
        ? [make('is missing', undefined, true), ...list]
        : list;
    }
    if (parameter.in !== 'path' || !(name in params)) return [];
    return [
      // Longer ones are no longer matched by the router.
      ['is long', 'x'.repeat(100)],
      ['is a prototype', '__proto__'],
      ['climbs', '../..'],
      ['holds NUL', 'a\0b'],
    ].map(([what = '', value = '']) => ({
      name: `{${name}} ${what}`,
      isInvalid: false,
      apply: (request: ValidRequest): ValidRequest => ({
        ...request,
        params: { ...request.params, [name]: value },
      }),
    }));
  });
}

interface Field {
  readonly path: Path;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The fields of a body, also those of objects and of first items in it. */
function fieldsOf(schema: Schema, value: unknown, path: Path): Field[] {
  if (Array.isArray(value)) {
    return schema.items ? fieldsOf(schema.items, value[0], [...path, 0]) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([key, one]) => {
    const at = [...path, key];
    const inner = (value as Record<string, unknown>)[key];
    return [
      { path: at, schema: one, required: required.includes(key) },
      ...fieldsOf(one, inner, at),
    ];
  });
}

function typesOf({ type, oneOf, anyOf }: Schema): string[] {
  if (type !== undefined) return [type].flat();
  return (oneOf ?? anyOf ?? []).flatMap(typesOf);
}

/** A value of a type that is not among the given. */
function wrong(types: readonly string[]): unknown {
  if (!types.includes('object')) return { wrong: 'type' };
  return types.includes('array') ? 7 : [7];
}

function changed(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (Array.isArray(value)) {
    return value.map((one: unknown, index) =>
      index === key ? changed(one, rest, to) : one,
    );
  }
  const copy = { ...(value as Record<string, unknown>) };
  const next = changed(copy[key], rest, to);
  if (next === REMOVED) delete copy[key];
  else copy[key] = next;
  return copy;
}

function withValue(
  query: Record<string, string>,
  name: string,
  value: string | undefined,
): Record<string, string> {
  const { [name]: _old, ...rest } = query;
  return value === undefined ? rest : { ...rest, [name]: value };
}
