/** Takes the variables of the sample out of the environment, for the time of a test. */
export function isolateEnvironment() {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (/^(INFISICAL|DATABASE)_/.test(name)) delete process.env[name];
  }
  return {
    set: (variables: Record<string, string>): void => {
      Object.assign(process.env, variables);
    },
    restore: (): void => {
      for (const name of Object.keys(process.env)) {
        if (!(name in before)) delete process.env[name];
      }
      Object.assign(process.env, before);
    },
  };
}
