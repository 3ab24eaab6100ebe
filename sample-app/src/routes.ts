/** What there is to try; shown at the start and by GET /. */
export const ROUTES = [
  'GET /',
  'GET /health',
  'GET /payments',
  'GET /mail',
  'GET /tenants/acme',
  'GET /environments',
  'POST /audit {"text":"hello"}',
  'POST /notes {"text":"hello"}',
  'POST /notes/decrypt {"ciphertext":"..."}',
  'GET /orders',
  'POST /orders {"item":"tea","quantity":2}',
] as const;
