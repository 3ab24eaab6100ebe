import { notFound, unauthorized } from '../http/api-error.js';
import type { EmulatorGeneration } from '../options.js';
import type { Identity, Organization } from '../state/models.js';
import type { Store } from '../state/store.js';

/** How a login may name the organization its token is for. */
export interface OrganizationChoice {
  readonly organizationSlug?: string;
  /** What the older generations call it. */
  readonly subOrganizationName?: string;
}

/** Finds what a token is scoped to (contract: auth §2.2). */
export class OrganizationScope {
  constructor(
    private readonly store: Store,
    private readonly generation: EmulatorGeneration,
  ) {}

  resolve(identity: Identity, choice: OrganizationChoice): Organization {
    const own = identity.organization;
    const name =
      this.generation === 'gen2'
        ? choice.organizationSlug
        : choice.subOrganizationName;
    if (!name || own.root || name === own.slug) return own;
    const found = this.store.subOrganizations.find(({ slug }) => slug === name);
    if (!found) {
      const by = this.generation === 'gen2' ? 'slug' : 'name';
      throw notFound(`Sub organization with ${by} ${name} not found`);
    }
    if (identity.subOrganizations.has(found.id)) return found;
    throw unauthorized(
      `Identity not authorized to access sub organization ${name}`,
    );
  }
}
