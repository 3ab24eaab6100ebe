import { createPrivateKey, randomBytes, randomUUID } from 'node:crypto';
import { badRequest } from '../../http/api-error.js';
import { generatePassword } from '../password.js';
import type { Credential, CredentialRequest } from '../provider.js';
import { FAILURES } from '../provider-errors.js';
import { DIGITS, randomText, UPPER } from '../random-text.js';
import type {
  AwsInputs,
  AzureInputs,
  GcpInputs,
  GithubInputs,
  TailscaleInputs,
} from './cloud-inputs.js';
import type { Minting } from './minted-provider.js';
import type { CouchbaseInputs } from './role-inputs.js';

/** The shortest session AWS gives, in seconds. */
const MIN_STS_SECONDS = 900;
const HOUR = 60 * 60 * 1000;

const secondsOf = ({ now, expireAt }: CredentialRequest): number =>
  Math.round((expireAt.getTime() - now.getTime()) / 1000);

/** A user of a database, of any kind. */
export function mintUser({ username }: CredentialRequest): Credential {
  const password = generatePassword();
  return {
    entityId: username,
    data: { DB_USERNAME: username, DB_PASSWORD: password },
  };
}

/** Its server is told when the user ends, so the date must be one. */
export function mintAtlasUser(request: CredentialRequest): Credential {
  request.expireAt.toISOString();
  return mintUser(request);
}

export function couchbase(inputs: CouchbaseInputs): Minting {
  return {
    mint: ({ username }) => ({
      entityId: randomUUID(),
      data: {
        username,
        password: generatePassword(inputs.passwordRequirements),
      },
    }),
  };
}

export function awsIam(inputs: AwsInputs): Minting {
  const keyId = (prefix: string) => prefix + randomText(16, UPPER + DIGITS);
  const secret = () => randomBytes(30).toString('base64');
  if (inputs.credentialType === 'iam-user') {
    return {
      mint: ({ username }) => ({
        entityId: username,
        data: {
          ACCESS_KEY: keyId('AKIA'),
          SECRET_ACCESS_KEY: secret(),
          USERNAME: username,
        },
      }),
    };
  }
  return {
    mint: (request) => {
      const seconds = secondsOf(request);
      if (seconds < MIN_STS_SECONDS) {
        throw badRequest(
          `Failed to create temporary credentials: 1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${MIN_STS_SECONDS}`,
        );
      }
      return {
        entityId: randomText(32),
        data: {
          ACCESS_KEY: keyId('ASIA'),
          SECRET_ACCESS_KEY: secret(),
          SESSION_TOKEN: randomBytes(180).toString('base64'),
        },
      };
    },
  };
}

/** Gives an existing user another password. */
export function azureEntraId({ userId, email }: AzureInputs): Minting {
  return {
    mint: () => ({
      entityId: userId,
      data: { email, password: generatePassword() },
    }),
  };
}

export function gcpIam({ serviceAccountEmail }: GcpInputs): Minting {
  return {
    mint: () => ({
      entityId: serviceAccountEmail,
      data: {
        SERVICE_ACCOUNT_EMAIL: serviceAccountEmail,
        TOKEN: `ya29.c.${randomBytes(120).toString('base64url')}`,
      },
    }),
  };
}

/** Tokens that live an hour, whatever the TTL. */
export function github({ privateKey }: GithubInputs): Minting {
  return {
    probe: () => {
      try {
        createPrivateKey(privateKey);
      } catch {
        throw badRequest(`${FAILURES.connect}: the private key cannot be read`);
      }
    },
    mint: ({ now }) => ({
      entityId: randomText(32),
      data: {
        TOKEN: `ghs_${randomText(36)}`,
        EXPIRES_AT: new Date(now.getTime() + HOUR).toISOString(),
        PERMISSIONS: { contents: 'read', metadata: 'read' },
        REPOSITORY_SELECTION: 'all',
      },
    }),
    renew: () => {
      throw badRequest('Github dynamic secret does not support renewal');
    },
  };
}

export function ibmApiConnect(): Minting {
  return {
    mint: () => {
      const id = randomBytes(16).toString('hex');
      const secret = randomBytes(16).toString('hex');
      return {
        entityId: randomUUID(),
        data: { CLIENT_ID: id, CLIENT_SECRET: secret },
      };
    },
  };
}

export function tailscale({ authType }: TailscaleInputs): Minting {
  return {
    mint: () => {
      const id = `k${randomText(12)}CNTRL`;
      const secret = randomText(32);
      const data =
        authType === 'auth_keys'
          ? { AUTH_KEY: `tskey-auth-${id}-${secret}`, KEY_ID: id }
          : { CLIENT_ID: id, CLIENT_SECRET: `tskey-client-${id}-${secret}` };
      return { entityId: id, data };
    },
    renew: () => {
      throw badRequest('Tailscale dynamic secret does not support renewal');
    },
  };
}
