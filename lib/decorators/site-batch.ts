import { DEFAULT_ROOT, describeRoot, rootName } from '../common/root-name.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { SecretSite } from './secret-options.js';

/** A parameter of a constructor that wants a secret. Its token gives the value itself. */
export interface ParameterSite {
  readonly token: symbol;
  readonly site: SecretSite;
}

/**
 * The classes that were loaded between two scans of Nest. All their properties
 * share one token for each root that they name, however many they are. It is
 * not that of earlier batches: in a lazily loaded module Nest looks into the
 * root first, and must not find there what is for the module's feature.
 */
export class SiteBatch {
  readonly parameters: ParameterSite[] = [];
  readonly #tokens = new Map<string | undefined, symbol>();

  /** @param isFirst whether it was loaded before any module of ours was scanned */
  constructor(readonly isFirst: boolean) {}

  /** The token for properties that name this root, or none. */
  token(root: string | undefined): symbol {
    let token = this.#tokens.get(root);
    if (!token) {
      token = Symbol(tokenText('@Secret properties', root));
      this.#tokens.set(root, token);
    }
    return token;
  }

  /** The tokens for properties that a module with this mark gives. */
  tokensOf(mark: ScopeMark): symbol[] {
    return [...this.#tokens]
      .filter(([root]) => isGivenBy(root, mark))
      .map(([, token]) => token);
  }

  /** Adds a parameter of a constructor. */
  add(className: string, site: SecretSite): ParameterSite {
    const what = `@InjectSecret parameters of ${className}`;
    const token = Symbol(tokenText(what, site.options.root));
    const parameter: ParameterSite = { token, site };
    this.parameters.push(parameter);
    return parameter;
  }
}

/** Their classes keep them alive, so that those which tests define can go. */
const batches = new Set<WeakRef<SiteBatch>>();
let open: SiteBatch | undefined;
let isScanned = false;

/** The batch of a class that is being defined. The class must hold it. */
export function openBatch(): SiteBatch {
  if (!open) {
    open = new SiteBatch(!isScanned);
    batches.add(new WeakRef(open));
  }
  return open;
}

/** All classes with sites that have been loaded by now. The next one begins a new batch. */
export function batchesByNow(): SiteBatch[] {
  open = undefined;
  isScanned = true;
  const alive: SiteBatch[] = [];
  for (const reference of batches) {
    const batch = reference.deref();
    if (batch) alive.push(batch);
    else batches.delete(reference);
  }
  return alive;
}

/** Whether a module with this mark gives the values of sites that name this root, or none. */
export function isGivenBy(root: string | undefined, mark: ScopeMark): boolean {
  if (root === undefined) return mark.isFeature || mark.root === undefined;
  return !mark.isFeature && root === (mark.root ?? DEFAULT_ROOT);
}

/** Nest shows it when no module gives the values. */
function tokenText(what: string, root: string | undefined): string {
  const needs =
    root === undefined
      ? 'InfisicalModule.forRoot or forFeature'
      : describeRoot(rootName(root, '@Secret: root'));
  return `${what}, given by ${needs}`;
}
