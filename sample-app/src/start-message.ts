import type { DemoReport } from './demo/demo.js';

export interface StartReport extends DemoReport {
  readonly port: number;
  readonly siteUrl: string;
}

/** The few lines that tell where everything is and what to try. */
export function startMessage({
  port,
  siteUrl,
  login,
  database,
}: StartReport): string {
  const url = `http://localhost:${port}`;
  const json = "-H 'content-type: application/json' -d";
  return [
    '',
    `Sample app           ${url}`,
    ...(login
      ? [
          `Infisical emulator   ${siteUrl}`,
          `  client id          ${login.clientId}`,
          `  client secret      ${login.clientSecret}`,
        ]
      : [`Infisical            ${siteUrl} (your server: INFISICAL_* is set)`]),
    `PostgreSQL           ${database}`,
    '',
    'Try:',
    `  curl ${url}/`,
    `  curl ${url}/health`,
    `  curl ${url}/payments`,
    `  curl ${url}/mail`,
    `  curl ${url}/tenants/acme`,
    `  curl ${url}/environments`,
    `  curl ${url}/audit ${json} '{"text":"hello"}'`,
    `  curl ${url}/notes ${json} '{"text":"hello"}'`,
    `  curl ${url}/notes/decrypt ${json} '{"ciphertext":"..."}'`,
    `  curl ${url}/orders ${json} '{"item":"tea","quantity":2}'`,
    `  curl ${url}/orders`,
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}
