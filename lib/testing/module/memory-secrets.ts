import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { normalizeFolderPath } from '../../http/api-path.js';
import { badRequest, notFound } from '../emulator/http/api-error.js';
import type { MemoryRequest, MemoryRoute } from './memory-transport.js';
import type { TestingPlace } from './testing-options.js';

/** Where a secret is, with nothing left open. */
interface Place {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

interface MemorySecret {
  readonly id: string;
  readonly place: Place;
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const V4 = '/api/v4/secrets';

/** The secrets of all projects, with the routes that read and write them. */
export class MemorySecrets {
  readonly #secrets = new Map<string, MemorySecret>();
  /** Ids of projects by slug. */
  readonly #projects = new Map<string, string>();
  readonly #root: Place;
  readonly #clock: Clock;
  /** Counts the changes; the entity tag of every list. */
  #revision = 0;

  constructor(root: Place, clock: Clock) {
    this.#root = { ...root, path: normalizeFolderPath(root.path) };
    this.#clock = clock;
    this.#projects.set('testing', root.projectId);
  }

  set(name: string, value: string, place: TestingPlace = {}): MemorySecret {
    return this.put(name, value, this.resolve(place));
  }

  /** @returns whether there was one */
  delete(name: string, place: TestingPlace = {}): boolean {
    this.#revision++;
    return this.#secrets.delete(keyOf(name, this.resolve(place)));
  }

  /** Every secret, for those who look for leaks. */
  entries(): [name: string, value: string][] {
    return [...this.#secrets.values()].map(({ name, value, place }) => [
      `${name} (environment ${place.environment}, path ${place.path})`,
      value,
    ]);
  }

  /** The slug of a project that is there. */
  slugOf(projectId: string): string {
    for (const [slug, id] of this.#projects) if (id === projectId) return slug;
    throw notFound(`Project with ID ${projectId} not found`);
  }

  get routes(): readonly MemoryRoute[] {
    return [
      {
        method: 'GET',
        path: '/api/v1/projects/slug/:slug',
        answer: ({ params: { slug = '' } }) => {
          const id = this.#projects.get(slug);
          if (id !== undefined) return { body: { id, slug } };
          throw notFound(`Project with slug '${slug}' not found`);
        },
      },
      {
        method: 'GET',
        path: '/api/v1/projects/:id',
        answer: ({ params: { id = '' } }) => ({
          body: { project: { id, slug: this.slugOf(id) } },
        }),
      },
      { method: 'GET', path: V4, answer: (request) => this.list(request) },
      {
        method: 'GET',
        path: `${V4}/:name`,
        answer: ({ params: { name = '' }, query }) => {
          const secret = this.find(name, this.placeOf(queryOf(query)));
          const version = query.get('version');
          if (version !== null && Number(version) !== secret.version) {
            throw notFound(
              `Version ${version} of secret '${name}' not found: only the newest is kept`,
            );
          }
          return { body: { secret: view(secret, canView(query)) } };
        },
      },
      {
        method: 'POST',
        path: `${V4}/:name`,
        answer: ({ params: { name = '' }, body }) => {
          const place = this.placeOf(body);
          if (this.#secrets.has(keyOf(name, place))) {
            throw badRequest('Secret already exist');
          }
          return this.written(name, body, place);
        },
      },
      {
        method: 'PATCH',
        path: `${V4}/:name`,
        answer: ({ params: { name = '' }, body }) => {
          const place = this.placeOf(body);
          const { value } = this.find(name, place);
          if (body.newSecretName !== undefined) {
            throw badRequest(
              'InfisicalTestingModule does not rename secrets. Start an InfisicalEmulator for this test',
            );
          }
          return this.written(name, { secretValue: value, ...body }, place);
        },
      },
      {
        method: 'DELETE',
        path: `${V4}/:name`,
        answer: ({ params: { name = '' }, body }) => {
          const secret = this.find(name, this.placeOf(body));
          this.delete(name, secret.place);
          return { body: { secret: view(secret, true) } };
        },
      },
    ];
  }

  private list({ query, headers }: MemoryRequest) {
    const etag = `W/"testing-${this.#revision}"`;
    if (headers['if-none-match'] === etag) return { etag, isUnchanged: true };
    const place = this.placeOf(queryOf(query));
    const isRecursive = query.get('recursive') === 'true';
    const secrets = [...this.#secrets.values()].filter(
      ({ place: { projectId, environment, path } }) =>
        projectId === place.projectId &&
        environment === place.environment &&
        (path === place.path ||
          (isRecursive &&
            (place.path === '/' || path.startsWith(`${place.path}/`)))),
    );
    const isVisible = canView(query);
    return {
      etag,
      body: {
        secrets: secrets.map((secret) => view(secret, isVisible)),
        imports: [],
      },
    };
  }

  private find(name: string, place: Place): MemorySecret {
    const secret = this.#secrets.get(keyOf(name, place));
    if (secret) return secret;
    throw notFound(`Secret with name '${name}' not found`);
  }

  private written(
    name: string,
    { secretValue }: MemoryRequest['body'],
    place: Place,
  ) {
    const secret = this.put(name, String(secretValue), place);
    return { body: { secret: view(secret, true) } };
  }

  private put(name: string, value: string, place: Place): MemorySecret {
    const key = keyOf(name, place);
    const before = this.#secrets.get(key);
    if (before?.value === value) return before;
    const now = new Date(this.#clock.now()).toISOString();
    const secret: MemorySecret = {
      id: before?.id ?? randomUUID(),
      place,
      name,
      value,
      version: (before?.version ?? 0) + 1,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    this.#secrets.set(key, secret);
    this.#revision++;
    return secret;
  }

  /** The place that a request names; its project must be there. */
  private placeOf(fields: Readonly<Record<string, unknown>>): Place {
    const projectId = String(fields.projectId);
    this.slugOf(projectId);
    return {
      projectId,
      environment: String(fields.environment),
      path: normalizeFolderPath(String(fields.secretPath)),
    };
  }

  /** The place that a test names; its project is there from then on. */
  private resolve(place: TestingPlace): Place {
    const { environment = this.#root.environment } = place;
    const path =
      place.path === undefined
        ? this.#root.path
        : normalizeFolderPath(place.path);
    return { projectId: this.projectOf(place), environment, path };
  }

  private projectOf({ projectId, projectSlug }: TestingPlace): string {
    const known =
      projectSlug === undefined ? undefined : this.#projects.get(projectSlug);
    const id =
      projectId ??
      known ??
      (projectSlug === undefined ? this.#root.projectId : randomUUID());
    if (![...this.#projects.values()].includes(id)) {
      this.#projects.set(projectSlug ?? id, id);
    }
    return id;
  }
}

function keyOf(name: string, { projectId, environment, path }: Place): string {
  return JSON.stringify([projectId, environment, path, name]);
}

function queryOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(query);
}

function canView(query: URLSearchParams): boolean {
  return query.get('viewSecretValue') !== 'false';
}

/** The secret as the server tells it (contract: secrets §2.5). */
function view(secret: MemorySecret, isVisible: boolean) {
  const { id, place, name, value, version, createdAt, updatedAt } = secret;
  return {
    id,
    _id: id,
    workspace: place.projectId,
    environment: place.environment,
    secretPath: place.path,
    version,
    type: 'shared',
    secretKey: name,
    secretValue: isVisible ? value : '<hidden-by-infisical>',
    secretValueHidden: !isVisible,
    secretComment: '',
    secretMetadata: [],
    tags: [],
    createdAt,
    updatedAt,
  };
}
