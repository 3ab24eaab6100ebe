import { describe, expect, it } from '@jest/globals';
import { mask } from '../../sample-app/src/common/mask.js';
import { planDemo } from '../../sample-app/src/demo/demo-plan.js';
import {
  DEMO_LOGIN,
  DEMO_PROJECT_ID,
} from '../../sample-app/src/demo/demo-project.js';

describe('planDemo', () => {
  const demoClient = { INFISICAL_CLIENT_ID: DEMO_LOGIN.clientId };
  const everything = {
    embeddedEmulator: true,
    isDemoProject: true,
    embeddedPostgres: true,
  };
  const nothing = {
    embeddedEmulator: false,
    isDemoProject: false,
    embeddedPostgres: false,
  };

  it.each([
    [{}, everything],
    [{ INFISICAL_URL: '', INFISICAL_ENVIRONMENT: 'prod' }, everything],
    [{ DATABASE_HOST: 'db' }, { ...everything, embeddedPostgres: false }],
    [demoClient, { ...everything, embeddedEmulator: false }],
    [
      { INFISICAL_TOKEN: 't', INFISICAL_PROJECT_ID: DEMO_PROJECT_ID },
      { ...everything, embeddedEmulator: false },
    ],
    [{ ...demoClient, INFISICAL_PROJECT_ID: 'mine' }, nothing],
    [{ ...demoClient, INFISICAL_PROJECT_SLUG: 'mine' }, nothing],
    [{ INFISICAL_TOKEN: 't', INFISICAL_PROJECT_SLUG: 'demo' }, nothing],
  ])('for %j', (env, plan) => {
    expect(planDemo(env)).toEqual(plan);
  });

  it('wants a project with a server', () => {
    expect(() => planDemo({ INFISICAL_TOKEN: 't' })).toThrow(
      /INFISICAL_PROJECT_ID is missing/,
    );
  });
});

describe('mask', () => {
  it.each([
    ['', '***'],
    ['123456789012', '***'],
    ['1234567890123', '12***23'],
  ])('of %j', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });
});
