import { InfisicalClient } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';

describe('the emulator under a test runner', () => {
  it('serves, once its packages are installed', async () => {
    const emulator = await InfisicalEmulator.start();
    const client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: {
          clientId: '11111111-1111-4111-8111-111111111111',
          clientSecret: 'emulator-client-secret',
        },
      },
      projectId: '22222222-2222-4222-8222-222222222222',
      environment: 'dev',
    });
    await client.secrets.create('KEY', { secretValue: 'value' });
    expect((await client.secrets.get('KEY')).secretValue).toBe('value');
    expect(emulator.requests.length).toBe(3);
    await client.close();
    await emulator.stop();
  });
});
