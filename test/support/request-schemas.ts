import { OPENAPI_FILES, readOpenApi } from './openapi.js';

/** A JSON schema as far as tests look into it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly required?: string[];
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
  readonly allOf?: Schema[];
  readonly oneOf?: Schema[];
  readonly anyOf?: Schema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly enum?: unknown[];
}

/** A parameter of the path or the query. */
export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

/** What a request of an operation must look like. */
export interface RequestSchema {
  readonly body: Schema | undefined;
  readonly parameters: readonly Parameter[];
}

interface Body {
  readonly $ref?: string;
  readonly content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  readonly parameters?: Parameter[];
  readonly requestBody?: Body;
}

type PathItem = Record<string, Operation> & { parameters?: Parameter[] };

/** By operation, such as `GET /api/v4/secrets/{secretName}`. */
export function requestSchemas(): Map<string, RequestSchema> {
  const schemas = new Map<string, RequestSchema>();
  for (const file of OPENAPI_FILES) {
    const document = readOpenApi(file) as { paths: Record<string, PathItem> };
    const inline = inliner(document);
    for (const [path, item] of Object.entries(document.paths)) {
      const { parameters: shared = [], ...methods } = item;
      for (const [method, operation] of Object.entries(methods)) {
        const { parameters = [], requestBody } = operation;
        const body = requestBody && resolve<Body>(document, requestBody);
        const schema = body?.content?.['application/json']?.schema;
        schemas.set(`${method.toUpperCase()} ${path}`, {
          body: schema && inline(schema),
          parameters: [...shared, ...parameters].map((one) =>
            resolve<Parameter>(document, one),
          ),
        });
      }
    }
  }
  return schemas;
}

/** Puts schemas in the place of references and of `allOf`. */
function inliner(document: unknown): (schema: Schema) => Schema {
  const inline = (schema: Schema): Schema => {
    const { allOf = [], ...own } = resolve<Schema>(document, schema);
    const parts = [...allOf.map(inline), own];
    const properties = Object.assign(
      {},
      ...parts.map((part) => part.properties),
    ) as Record<string, Schema>;
    return {
      ...(Object.assign({}, ...parts) as Schema),
      required: parts.flatMap(({ required = [] }) => required),
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, one]) => [key, inline(one)]),
      ),
      ...(own.items && { items: inline(own.items) }),
      ...(own.oneOf && { oneOf: own.oneOf.map(inline) }),
      ...(own.anyOf && { anyOf: own.anyOf.map(inline) }),
    };
  };
  return inline;
}

function resolve<T extends { $ref?: string }>(document: unknown, one: T): T {
  if (!one.$ref) return one;
  const found = one.$ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown>)[part],
      document,
    );
  return resolve(document, found as T);
}
