import type { EmulatorContext } from '../context.js';
import type { Router } from '../http/router.js';
import { cipherRoutes } from './cipher-routes.js';
import { keyRoutes } from './key-routes.js';
import { KmsGate } from './kms-gate.js';
import { kmsSchemas } from './kms-schemas.js';
import { macRoutes } from './mac-routes.js';
import { signingRoutes } from './signing-routes.js';
import { transferRoutes } from './transfer-routes.js';

/** Customer keys; an older tier lacks routes (contract: KMS §0, §1). */
export function kmsRoutes(router: Router, context: EmulatorContext): void {
  const gate = new KmsGate(context);
  const schemas = kmsSchemas(context);
  keyRoutes(router, context, gate, schemas);
  cipherRoutes(router, gate, schemas);
  signingRoutes(router, gate, schemas);
  if (context.kms === 'k1') return;
  transferRoutes(router, context, gate, schemas);
  if (context.kms === 'k2') return;
  macRoutes(router, gate, schemas);
}
