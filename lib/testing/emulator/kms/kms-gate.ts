import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Project } from '../state/models.js';
import type { KeyUsage } from './algorithms.js';
import type { KmsKey } from './key-store.js';

export const KMS_BASE = '/api/v1/kms/keys';
const SUBJECT = 'cmek';

interface Demands {
  /** The operation is refused while the key is disabled. */
  readonly enabled?: boolean;
  readonly usage?: KeyUsage;
  /** Around the id in the text of a 404; the routes differ. */
  readonly quotes?: '"' | '';
  /** Reserved keys are told apart from unknown ones. */
  readonly tellsReserved?: boolean;
}

/** The checks before an operation on a key, in their order (KMS §1.3). */
export class KmsGate {
  constructor(
    private readonly context: Pick<EmulatorContext, 'access' | 'kmsKeys'>,
  ) {}

  key(
    caller: Caller,
    id: string,
    action: string,
    demands: Demands = {},
  ): KmsKey {
    const { enabled, usage, quotes = '"', tellsReserved } = demands;
    const key = this.context.kmsKeys.byId(id);
    if (!key || (key.isReserved && !tellsReserved)) {
      throw notFound(`Key with ID ${quotes}${id}${quotes} not found`);
    }
    if (key.isReserved) throw badRequest('Key is not customer managed');
    if (enabled && key.isDisabled) throw badRequest('Key is disabled');
    this.require(caller, key.project, action);
    if (usage && key.usage !== usage) {
      throw badRequest(
        `Unsupported key type, expected ${usage} but got ${key.usage}`,
      );
    }
    return key;
  }

  project(caller: Caller, id: string, action: string): Project {
    const project = this.context.access.projectById(caller, id);
    this.require(caller, project, action);
    return project;
  }

  require(caller: Caller, project: Project, action: string): void {
    this.context.access.require(caller, project, action, SUBJECT);
  }
}
