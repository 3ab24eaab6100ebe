import { badRequest } from '../../http/api-error.js';
import { generatePassword } from '../password.js';
import { FAILURES } from '../provider-errors.js';
import { randomText } from '../random-text.js';
import { renderStatement } from '../statement-template.js';
import type { LdapInputs } from './cloud-inputs.js';
import type { Minting } from './minted-provider.js';

/** The entries an LDIF is about. */
function distinguishedNames(ldif: string): string[] {
  return [...ldif.matchAll(/^dn:\s*(.+?)\s*$/gm)].map(([, dn = '']) => dn);
}

/** Users that LDIF makes, or one user whose password it changes. */
export function ldap(inputs: LdapInputs): Minting {
  const isStatic = inputs.credentialType === 'static';
  const template = isStatic ? inputs.rotationLdif : inputs.creationLdif;
  return {
    mint: ({ username }) => {
      const password = generatePassword();
      const ldif = renderStatement(template, {
        Username: username,
        Password: password,
        EncodedPassword: Buffer.from(`"${password}"`, 'utf16le').toString(
          'base64',
        ),
      });
      const names = distinguishedNames(ldif);
      const [first] = names;
      if (first === undefined) {
        throw badRequest(`${FAILURES.create}: the LDIF names no entry`);
      }
      return {
        entityId: isStatic ? randomText(32) : username,
        data: {
          USERNAME: isStatic ? commonName(first) : username,
          PASSWORD: password,
          DN_ARRAY: names,
        },
      };
    },
  };
}

/** The first value of a distinguished name. */
function commonName(dn: string): string {
  return /^[^=]+=([^,]+)/.exec(dn)?.[1] ?? dn;
}
