import { Logger, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { loadSecrets } from 'nestjs-infisical';
import { AppModule } from './app.module.js';

/**
 * The app with its secrets. Some are needed before there is any provider: here
 * a limit of the HTTP server. `loadSecrets` logs in and loads; the module takes
 * both over, so that nothing is asked for twice.
 */
export async function createApp(
  options: NestApplicationOptions,
): Promise<NestExpressApplication> {
  // What is said from here on is said as the app says it.
  if (options.logger !== undefined) Logger.overrideLogger(options.logger);
  // No `siteUrl` and no `auth`: without them the library reads
  // INFISICAL_SITE_URL, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and so on, and no
  // credential passes through our own code.
  const loaded = await loadSecrets({
    projectSlug: process.env.INFISICAL_PROJECT_SLUG?.trim() || undefined,
    environment: process.env.INFISICAL_ENVIRONMENT?.trim() || 'dev',
    required: ['SESSION_SECRET'],
  });
  const limit = loaded.get('BODY_LIMIT') ?? '100kb';
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(loaded),
    { ...options, bodyParser: false },
  );
  return app.useBodyParser('json', { limit });
}
