import { InfisicalConfigError } from '../common/infisical.error.js';
import { warnOnce } from '../common/warn-once.js';
import { type AuthOptions, authOf } from './auth-method.js';
import type {
  CredentialContext,
  CredentialProvider,
} from './credential-provider.js';
import {
  differenceWarning,
  findSetting,
  readVariable,
  withFileVariables,
} from './environment.js';
import {
  AUTH_METHOD,
  ENVIRONMENT_LOGINS,
  type EnvironmentLogin,
  MACHINE_IDENTITY_ID,
  SHARED_JWT,
  TEXT_OPTIONS,
  USER_METHOD,
} from './environment-logins.js';

const ORGANIZATION_SLUG = 'INFISICAL_AUTH_ORGANIZATION_SLUG';
const ORGANIZATION_ID = 'INFISICAL_ORGANIZATION_ID';

/** A login, as far as the environment has it. */
interface Finding {
  readonly login: EnvironmentLogin;
  readonly options: Readonly<Record<string, unknown>>;
  /** The variables that are used. */
  readonly names: readonly string[];
  /** Variables of what is missing, one list for each. */
  readonly missing: readonly (readonly string[])[];
  /** Whether the identity id is all that is missing. */
  readonly lacksIdentityOnly: boolean;
}

/** What `INFISICAL_AUTH_METHOD` selects: a login, the CLI's user, or nothing. */
export function selectedMethod():
  EnvironmentLogin | typeof USER_METHOD | undefined {
  const value = readVariable(AUTH_METHOD);
  if (value === undefined || value === USER_METHOD) return value;
  const login = ENVIRONMENT_LOGINS.find(({ cliName }) => cliName === value);
  if (login) return login;
  throw new InfisicalConfigError(
    `${AUTH_METHOD} is not a login method. Use one of ${methodNames()}.`,
  );
}

/** Variables that hold the credentials themselves. */
export function environmentProvider(): CredentialProvider {
  return { name: 'environment', provide: (context) => search(context, false) };
}

/** Variables that name the files of credentials, with others beside them. */
export function credentialFilesProvider(): CredentialProvider {
  return {
    name: 'credential files',
    provide: (context) => search(context, true),
  };
}

function search(
  { logger }: CredentialContext,
  files: boolean,
): ReturnType<CredentialProvider['provide']> {
  const selected = selectedMethod();
  if (selected === USER_METHOD) {
    return {
      reason: `${AUTH_METHOD} asks for the login of the Infisical CLI`,
    };
  }
  const logins = selected ? [selected] : ENVIRONMENT_LOGINS;
  // With the files, so that half a pair can be told from one in two places.
  const found = logins
    .map((login) => find(login, true, selected !== undefined))
    .filter((finding) => finding !== undefined);
  const complete = found.filter(({ missing }) => missing.length === 0);
  // A login in files comes before what is broken below it.
  let isInFiles = false;
  for (const withFiles of found) {
    if (withFiles.missing.length > 0) {
      if (isInFiles) continue;
      if (selected && withFiles.lacksIdentityOnly) {
        return { reason: halfText(withFiles, selected) };
      }
      throw new InfisicalConfigError(halfText(withFiles, selected));
    }
    const finding = files
      ? withFiles
      : find(withFiles.login, false, selected !== undefined);
    if (!finding || finding.missing.length > 0) {
      isInFiles = true;
      continue;
    }
    if (files && !finding.names.some((name) => name.endsWith('_FILE'))) {
      continue;
    }
    const others = complete.filter(({ login }) => login !== finding.login);
    for (const warning of warnings(finding, others)) {
      warnOnce(logger, `environment:${warning}`, warning);
    }
    return { auth: authIn(finding), source: finding.names.join(', ') };
  }
  return { reason: emptyReason(files, complete) };
}

/** What there is of the login; undefined when it is not meant at all. */
function find(
  login: EnvironmentLogin,
  files: boolean,
  isSelected: boolean,
): Finding | undefined {
  const spell = (names: readonly string[]): readonly string[] =>
    files ? withFileVariables(names) : names;
  const isSet = (names: readonly string[]): boolean =>
    findSetting(spell(names)) !== undefined;
  if (!isSelected && login.unless && isSet([login.unless])) return undefined;
  const options: Record<string, unknown> = {};
  const names: string[] = [];
  const missing: (readonly string[])[] = [];
  if (login.identity) {
    const takesGeneric = isSelected || isSet(login.generic ?? []);
    const variables = [
      ...login.identity,
      ...(takesGeneric ? [MACHINE_IDENTITY_ID] : []),
    ];
    const name = findSetting(variables)?.name;
    if (name === undefined)
      missing.push([...login.identity, MACHINE_IDENTITY_ID]);
    else {
      options.identityId = readVariable(name);
      names.push(name);
    }
  }
  const lacksIdentity = missing.length > 0;
  for (const [option, variables] of Object.entries({
    ...login.needs,
    ...login.allows,
  })) {
    const setting = findSetting(spell(variables));
    if (setting) {
      options[option] = TEXT_OPTIONS.includes(option)
        ? readVariable(setting.name)
        : setting.credential;
      names.push(setting.name);
    } else if (option in login.needs) missing.push(variables);
  }
  const isMeant = isSelected || missing.length === 0 || isSet(login.own);
  if (!isMeant) return undefined;
  return {
    login,
    options,
    names,
    missing,
    lacksIdentityOnly:
      lacksIdentity &&
      missing.length === 1 &&
      Object.keys(login.needs).length === 0,
  };
}

function authIn({ login: { method }, options }: Finding): AuthOptions {
  if (method === 'accessToken') return authOf(method, options[method]);
  const organizationSlug = readVariable(ORGANIZATION_SLUG);
  return authOf(method, {
    ...options,
    ...(organizationSlug && { organizationSlug }),
  });
}

function* warnings(
  { login, names }: Finding,
  others: readonly Finding[],
): Generator<string> {
  const groups = Object.values({ ...login.needs, ...login.allows });
  const difference = differenceWarning([
    ...(login.identity ? [login.identity] : []),
    ...groups.map(withFileVariables),
  ]);
  if (difference) yield difference;
  if (others.length > 0) {
    yield `The environment has more than one login: ${names.join(', ')} is used, not ${others.map((other) => other.names.join(', ')).join('; nor ')}. Unset the others, or set ${AUTH_METHOD}.`;
  }
  if (readVariable(ORGANIZATION_ID) && !readVariable(ORGANIZATION_SLUG)) {
    yield `${ORGANIZATION_ID} is not used: a login takes the slug of a sub-organization, not its id. Set ${ORGANIZATION_SLUG} to log in there.`;
  }
}

function halfText(
  { names, missing, login }: Finding,
  selected: EnvironmentLogin | undefined,
): string {
  const present = selected
    ? [`${AUTH_METHOD} (${login.cliName})`, ...names]
    : names;
  const absent = missing
    .map((variables) => variables.join(' or '))
    .join(', and not ');
  return `${present.join(' and ')} ${present.length > 1 ? 'are' : 'is'} set, but not ${absent}: the login "${login.cliName}" needs all of them. A credential may also be in a file that a variable with _FILE at the end of its name tells.`;
}

function emptyReason(files: boolean, complete: readonly Finding[]): string {
  const [inFiles] = complete;
  if (!files && inFiles) {
    return `${inFiles.names.join(' and ')} name files, which are looked at next`;
  }
  const jwt = findSetting(withFileVariables([SHARED_JWT]))?.name;
  if (jwt !== undefined) {
    throw new InfisicalConfigError(
      `${jwt} is set, but not whose it is: set INFISICAL_OIDC_AUTH_IDENTITY_ID or INFISICAL_JWT_AUTH_IDENTITY_ID, or ${MACHINE_IDENTITY_ID} and ${AUTH_METHOD} (oidc-auth or jwt-auth).`,
    );
  }
  if (!files && readVariable(MACHINE_IDENTITY_ID) !== undefined) {
    return `${MACHINE_IDENTITY_ID} is set, but not how it logs in: set ${AUTH_METHOD} to one of ${methodNames()}`;
  }
  return files
    ? 'no variable of a login with _FILE at the end of its name is set'
    : 'no variable of a login is set';
}

function methodNames(): string {
  return [
    ...ENVIRONMENT_LOGINS.map(({ cliName }) => cliName),
    USER_METHOD,
  ].join(', ');
}
