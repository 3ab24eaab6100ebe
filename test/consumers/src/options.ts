/** The address and the credentials come from the environment, as in a container. */
export const options = {
  projectId: process.env['DEMO_PROJECT_ID'] ?? '',
  environment: 'dev',
};

/** The name of a key that is there. */
export const KMS_KEY = 'orders';
