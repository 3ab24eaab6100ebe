import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  InfisicalModule,
  type InfisicalModuleOptions,
  MissingSecretsError,
  Secret,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  type Folders,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';

@Injectable()
class RootService {
  @Secret('DATABASE_URL') readonly url!: string;
  @Secret('PORT', { parse: strictNumber }) readonly port!: number;
  @Secret('NOT_NEEDED', { optional: true }) readonly notNeeded?: string;
}

@Injectable()
class PaymentsService {
  @Secret('STRIPE_KEY') readonly stripeKey!: string;
  @Secret('SMTP_URL') readonly smtpUrl!: string;
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsService],
})
class PaymentsModule {}

@Injectable()
class MailService {
  @Secret('SMTP_URL') readonly smtpUrl!: string;
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/mail' })],
  providers: [MailService],
})
class MailModule {}

/** Decorated, but not part of the app. */
export class NotInTheApp {
  @Secret('NEVER_ASKED_FOR') readonly never!: string;
}

function strictNumber(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw new TypeError(`not a number: ${text}`);
  return number;
}

describe('missing secrets', () => {
  let emulator: InfisicalEmulator;

  beforeAll(silenceNest);
  afterEach(() => emulator.stop());

  async function failToBoot(
    folders: Folders,
    options: Partial<InfisicalModuleOptions> = {},
  ): Promise<MissingSecretsError> {
    emulator = await InfisicalEmulator.start({ seed: seedWith(folders) });
    const error = await failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot(demoOptions(emulator, options)),
          PaymentsModule,
          MailModule,
        ],
        providers: [RootService],
      }).compile(),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    return error as MissingSecretsError;
  }

  it('are reported all at once, with their place and the probable cause', async () => {
    const error = await failToBoot({
      '/': { DATABASE_ULR: 'canary-value-1', PORT: 'canary-value-2' },
      '/payments': { UNRELATED: 'canary-value-3' },
      '/mail': { SMTP_URL: 'canary-value-4' },
    });
    expect(error.problems).toEqual([
      {
        name: 'DATABASE_URL',
        reason: 'missing',
        className: 'RootService',
        property: 'url',
        project: PROJECT_ID,
        environment: 'dev',
        path: '/',
        hint: 'Did you mean "DATABASE_ULR", which is there?',
      },
      {
        name: 'PORT',
        reason: 'invalid',
        className: 'RootService',
        property: 'port',
        project: PROJECT_ID,
        environment: 'dev',
        path: '/',
        hint: 'parse threw TypeError.',
      },
      {
        name: 'STRIPE_KEY',
        reason: 'missing',
        className: 'PaymentsService',
        property: 'stripeKey',
        project: PROJECT_ID,
        environment: 'dev',
        path: '/payments',
        hint: undefined,
      },
      {
        name: 'SMTP_URL',
        reason: 'missing',
        className: 'PaymentsService',
        property: 'smtpUrl',
        project: PROJECT_ID,
        environment: 'dev',
        path: '/payments',
        hint: 'A secret of that name is in environment dev, path /mail.',
      },
    ]);
    for (const { name, className, property, path } of error.problems) {
      expect(error.message).toContain(`${className}.${property} wants ${name}`);
      expect(error.message).toContain(`path ${path}`);
    }
    expect(error.message).toContain(PROJECT_ID);
    expect(error.message).not.toContain('NEVER_ASKED_FOR');
    expect(JSON.stringify(error) + error.stack).not.toContain('canary');
  });

  it('tells that a folder does not exist, with the other findings', async () => {
    const error = await failToBoot({
      '/': { PORT: '1' },
      '/mail': { SMTP_URL: 'x' },
    });
    expect(error.problems.map(({ name, hint }) => [name, hint])).toEqual([
      ['DATABASE_URL', undefined],
      [
        'STRIPE_KEY',
        expect.stringMatching(/do not exist: check "dev" and "\/payments"/),
      ],
      ['SMTP_URL', expect.stringMatching(/do not exist/)],
    ]);
    expect(error.cause).toMatchObject({ name: 'InfisicalNotFoundError' });
  });

  it('tells that the environment does not exist', async () => {
    const error = await failToBoot({}, { environment: 'nope' });
    expect(error.problems).toHaveLength(5);
    expect(error.message).toContain('check "nope" and "/"');
  });
});
