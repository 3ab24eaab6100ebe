/** Starts the emulator from the build, with what the apps want to find. */
export async function startBackend(root) {
  const { InfisicalEmulator, DEFAULT_EMULATOR_SEED } = await import(
    new URL('dist/esm/testing/index.js', root)
  );
  const { projects, identities } = DEFAULT_EMULATOR_SEED;
  const [project] = projects;
  const { clientId, clientSecret } = identities[0].universalAuth;
  const emulator = await InfisicalEmulator.start({
    seed: {
      identities,
      projects: [
        {
          ...project,
          secrets: [
            { environment: 'dev', values: { API_KEY: 'root key', LEVEL: '1' } },
            {
              environment: 'dev',
              path: '/payments',
              values: { API_KEY: 'payments key', RETRIES: '3' },
            },
          ],
          kmsKeys: [{ name: 'orders' }],
        },
      ],
    },
  });
  return {
    /** What the apps read from the environment. */
    env: {
      INFISICAL_SITE_URL: emulator.url,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: clientId,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: clientSecret,
      DEMO_PROJECT_ID: project.id,
    },
    stop: () => emulator.stop(),
  };
}
