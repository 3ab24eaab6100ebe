/** Names of the emulator's own stand-ins; nothing is ever called there. */
export const FIXTURES = {
  oidcIssuer: 'https://oidc.emulator.test',
  jwksUrl: 'https://jwt.emulator.test/jwks.json',
  azureTenantId: '44444444-4444-4444-8444-444444444444',
  azureResource: 'https://management.azure.com/',
  kubernetesHost: 'https://kubernetes.default.svc',
  tenancyOcid: 'ocid1.tenancy.oc1..emulator',
  trustDomain: 'emulator.test',
  awsAccountId: '123456789012',
  aliCloudAccountId: '1234567890123456',
} as const;
