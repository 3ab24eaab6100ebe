import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEMO_LOGIN } from '../../sample-app/src/demo/demo-project.js';
import { Demo } from '../../sample-app/src/demo/demo.js';
import { startMessage } from '../../sample-app/src/start-message.js';
import { isolateEnvironment } from './support/environment.js';
import { Sample } from './support/sample.js';

describe('the sample app without a database', () => {
  let environment: ReturnType<typeof isolateEnvironment>;
  let demo: Demo;

  beforeEach(() => {
    environment = isolateEnvironment();
    demo = new Demo(() => ({
      ready: Promise.reject(new Error('No PostgreSQL for this machine.')),
      stop: () => Promise.resolve(),
    }));
  });

  afterEach(async () => {
    await demo.stop();
    environment.restore();
  });

  it('has an emulator of its own, and answers 503 for orders only', async () => {
    const report = await demo.start(new AbortController().signal);
    expect(report).toMatchObject({ login: DEMO_LOGIN });
    const message = startMessage({ ...report, port: 3000, siteUrl: 'x' });
    expect(message).toContain('No PostgreSQL for this machine.');
    expect(message).toContain(DEMO_LOGIN.clientId);
    const sample = await Sample.start();
    try {
      const orders = await sample.ask('/orders');
      expect(orders.status).toBe(503);
      expect(orders.json.message).toContain('DATABASE_HOST');
      for (const path of ['/', '/health', '/payments', '/mail']) {
        await expect(sample.ask(path)).resolves.toMatchObject({ status: 200 });
      }
    } finally {
      await sample.close();
    }
  });

  it('stops the start when it is told to', async () => {
    await expect(demo.start(AbortSignal.abort())).rejects.toThrow();
  });
});
