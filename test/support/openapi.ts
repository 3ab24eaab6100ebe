import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats, { type FormatsPlugin } from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Response {
  $ref?: string;
  content?: Record<string, { schema?: object }>;
}

interface Document {
  paths: Record<
    string,
    Record<string, { responses?: object; security?: object[] }>
  >;
}

interface Operation {
  readonly document: string;
  readonly pointer: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly responses: Record<string, Response>;
  readonly isSecured: boolean;
}

export const OPENAPI_FILES = [
  'openapi-auth',
  'openapi-secrets',
  'openapi-kms-dynamic',
];

/** One of the contract's OpenAPI files. */
export function readOpenApi(document: string): unknown {
  const url = new URL(`../contract/${document}.yaml`, import.meta.url);
  return parse(readFileSync(url, 'utf8'));
}

/** Checks answers against the contract's OpenAPI files. */
export class OpenApiContract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly operations: Operation[] = [];
  private readonly statuses = new Map<string, Set<number>>();
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor() {
    (addFormats as unknown as FormatsPlugin)(this.ajv);
    for (const file of OPENAPI_FILES) this.load(file);
    // A path without parameters wins over one with.
    this.operations.sort((a, b) => parameters(a.path) - parameters(b.path));
  }

  /** Every operation, such as `GET /api/v4/secrets/{secretName}`. */
  names(): string[] {
    return this.operations.map(nameOf);
  }

  /** The operations that need a token. */
  securedNames(): string[] {
    return this.operations.filter(({ isSecured }) => isSecured).map(nameOf);
  }

  /** The statuses that were answered, by operation. */
  exercised(): Map<string, number[]> {
    return new Map([...this.statuses].map(([name, set]) => [name, [...set]]));
  }

  /** Throws when the contract does not know the answer in this form. */
  check(method: string, path: string, status: number, body: unknown): void {
    const name = `${method} ${path} ${status}`;
    const operation = this.operations.find(
      (one) => one.method === method.toLowerCase() && one.pattern.test(path),
    );
    if (!operation) throw new Error(`${name}: not in the contract`);
    const response = operation.responses[String(status)];
    if (!response)
      throw new Error(`${name}: this status is not in the contract`);
    const validate = this.validator(operation, status, response);
    const seen = this.statuses.get(nameOf(operation)) ?? new Set();
    this.statuses.set(nameOf(operation), seen.add(status));
    if (!validate || validate(body)) return;
    const errors = this.ajv.errorsText(validate.errors, { separator: '\n' });
    throw new Error(`${name}: ${errors}\n${JSON.stringify(body)}`);
  }

  private load(document: string): void {
    const content = readOpenApi(document) as Document;
    this.ajv.addSchema(content, document);
    for (const [path, methods] of Object.entries(content.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (!operation.responses) continue;
        this.operations.push({
          document,
          pointer: `/paths/${escape(path)}/${method}/responses`,
          path,
          pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
          method,
          responses: operation.responses as Record<string, Response>,
          isSecured: (operation.security ?? [{}]).length > 0,
        });
      }
    }
  }

  private validator(
    { document, pointer }: Operation,
    status: number,
    response: Response,
  ): ValidateFunction | undefined {
    let at = `${pointer}/${status}`;
    let content = response.content;
    if (response.$ref) {
      at = response.$ref.slice(1);
      const shared = this.ajv.getSchema(`${document}#${at}`);
      content = (shared?.schema as Response | undefined)?.content;
    }
    if (!content?.['application/json']) return undefined;
    const ref = `${document}#${at}/content/application~1json/schema`;
    const known = this.compiled.get(ref);
    if (known) return known;
    const validate = this.ajv.compile({ $ref: encodeURI(ref) });
    this.compiled.set(ref, validate);
    return validate;
  }
}

function nameOf({ method, path }: Operation): string {
  return `${method.toUpperCase()} ${path}`;
}

function parameters(path: string): number {
  return path.split('{').length;
}

function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
