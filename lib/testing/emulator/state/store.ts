import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../common/clock.js';
import { Changes } from './changes.js';
import {
  type Identity,
  type Organization,
  Project,
  type ProjectInit,
  type Secret,
  type Folder,
} from './models.js';
import type { User } from './user.js';

/** Everything the emulator remembers, in memory. */
export class Store {
  readonly organization: Organization = {
    id: randomUUID(),
    name: 'Emulator',
    slug: 'emulator',
  };
  readonly subOrganizations: Organization[] = [];
  readonly projects = new Map<string, Project>();
  readonly identities = new Map<string, Identity>();
  readonly users = new Map<string, User>();

  readonly changes = new Changes();

  constructor(readonly clock: Clock) {}

  now(): Date {
    return new Date(this.clock.now());
  }

  addProject(init: ProjectInit, organization = this.organization): Project {
    const project = new Project(init, organization, this.now());
    this.projects.set(project.id, project);
    return project;
  }

  /** The organization with this id, the root without one. */
  organizationById(id: string | undefined): Organization {
    return (
      this.subOrganizations.find((one) => one.id === id) ?? this.organization
    );
  }

  projectBySlug(slug: string): Project | undefined {
    return find(this.projects.values(), (project) => project.slug === slug);
  }

  identityByClientId(clientId: string): Identity | undefined {
    return find(
      this.identities.values(),
      (identity) => identity.universalAuth?.clientId === clientId,
    );
  }

  userByEmail(email: string): User | undefined {
    return find(this.users.values(), (user) => user.email === email);
  }

  folderById(id: string): Folder | undefined {
    for (const project of this.projects.values()) {
      const folder = find(project.folders(), (one) => one.id === id);
      if (folder) return folder;
    }
    return undefined;
  }

  secretById(id: string): Secret | undefined {
    for (const project of this.projects.values()) {
      for (const folder of project.folders()) {
        const secret =
          find(folder.secrets.values(), (one) => one.id === id) ??
          find(folder.overrides, (one) => one.id === id);
        if (secret) return secret;
      }
    }
    return undefined;
  }
}

function find<T>(items: Iterable<T>, test: (item: T) => boolean) {
  for (const item of items) if (test(item)) return item;
  return undefined;
}
