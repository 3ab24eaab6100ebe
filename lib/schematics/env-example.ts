import {
  AUTH_METHOD,
  ENVIRONMENT_LOGINS,
  type EnvironmentLogin,
  MACHINE_IDENTITY_ID,
} from '../auth/environment-logins.js';
import type { Tree } from './host.js';

/** The file that shows which variables there are. */
export const ENV_EXAMPLE = '.env.example';

/** The login that most begin with. */
const FIRST_LOGIN = 'universalAuth';

/** Variables that the options of the app leave open. */
const SETTINGS: Readonly<Record<string, readonly [string, string]>> = {
  siteUrl: ['INFISICAL_SITE_URL', 'https://app.infisical.com'],
  projectId: ['INFISICAL_PROJECT_ID', ''],
  environment: ['INFISICAL_ENVIRONMENT', 'dev'],
  path: ['INFISICAL_SECRET_PATH', '/'],
};

/** Whether the file names variables of Infisical already. */
export function namesInfisical(tree: Tree): boolean {
  return (
    tree.exists(ENV_EXAMPLE) && /INFISICAL_/.test(tree.readText(ENV_EXAMPLE))
  );
}

/**
 * Adds the variables that the app reads to the file. What is there stays,
 * also when it is commented out.
 *
 * @param given options that stand in the code
 */
export function addVariables(tree: Tree, given: readonly string[]): void {
  const known = tree.exists(ENV_EXAMPLE) ? tree.readText(ENV_EXAMPLE) : '';
  const has = (line: string): boolean => {
    const [, name] = /^#? ?(\w+)=/.exec(line) ?? [];
    return (
      name !== undefined &&
      new RegExp(`^[#\\s]*(export\\s+)?${name}\\s*=`, 'm').test(known)
    );
  };
  const sections = [
    settings(given),
    firstLogin(),
    ...ENVIRONMENT_LOGINS.filter(({ method }) => method !== FIRST_LOGIN).map(
      otherLogin,
    ),
    selection(),
  ]
    .map(({ title, lines }) => ({
      title,
      lines: lines.filter((line) => !has(line)),
    }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => [`# ${title}`, ...lines, ''].join('\n'));
  if (sections.length === 0) return;
  const added = sections.join('\n');
  if (known === '') {
    tree.create(ENV_EXAMPLE, added);
  } else {
    const gap = known.endsWith('\n') ? '\n' : '\n\n';
    tree.overwrite(ENV_EXAMPLE, `${known}${gap}${added}`);
  }
}

interface Section {
  readonly title: string;
  readonly lines: string[];
}

function settings(given: readonly string[]): Section {
  const isOpen = (option: string): boolean =>
    !given.includes(option) &&
    // A slug in the code names the project, too.
    !(option === 'projectId' && given.includes('projectSlug'));
  return {
    title: 'Infisical: where the secrets are',
    lines: Object.entries(SETTINGS)
      .filter(([option]) => isOpen(option))
      .map(([, [name, value]]) => `${name}=${value}`),
  };
}

/** Universal Auth, ready to be filled in. */
function firstLogin(): Section {
  const login = ENVIRONMENT_LOGINS.find(({ method }) => method === FIRST_LOGIN);
  return {
    title: 'The login of a machine identity: Universal Auth',
    lines: variablesOf(login).map((name) => `${name}=`),
  };
}

function otherLogin(login: EnvironmentLogin): Section {
  return {
    title: `Or ${login.method}:`,
    lines: variablesOf(login).map((name) => `# ${name}=`),
  };
}

function selection(): Section {
  return {
    title: `Which of these logins is used, where there are several: ${ENVIRONMENT_LOGINS.map(({ cliName }) => cliName).join(', ')}`,
    lines: [`# ${AUTH_METHOD}=`, `# ${MACHINE_IDENTITY_ID}=`],
  };
}

/** The first variable of each thing that a login needs. */
function variablesOf(login: EnvironmentLogin | undefined): string[] {
  if (!login) return [];
  return [login.identity ?? [], ...Object.values(login.needs)]
    .map(([first]) => first)
    .filter((name) => name !== undefined);
}
