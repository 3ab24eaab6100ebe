import { InfisicalClient } from 'nestjs-infisical/client';

const client = new InfisicalClient({
  projectId: process.env.DEMO_PROJECT_ID,
  environment: 'dev',
});
const { secretValue } = await client.secrets.get('API_KEY');
console.log(secretValue.length);
await client.close();
console.log(
  process
    .getActiveResourcesInfo()
    .filter((name) => !/^(Pipe|TTY)Wrap$/.test(name))
    .join() || 'nothing left',
);
