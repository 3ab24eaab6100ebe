import { type ApiPath, apiPath } from '../../http/api-path.js';
import { InfisicalHttpError, isUnknownRoute } from '../../http/errors.js';
import type { ApiCall, CallLimits } from '../../http/api-call.js';
import type { HttpClient } from '../../http/http-client.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { Finding } from './doctor-report.js';

/** An id of nothing. */
const NOTHING = '00000000-0000-0000-0000-000000000000';

const UPGRADE = 'Upgrade the server when you can.';

/**
 * Tells which routes the server has. The calls carry no token: a route that is
 * there refuses them before it looks at anything, and one that is not answers
 * as the framework does (contract: auth §5).
 */
export class RouteProbe {
  readonly #http: HttpClient;
  readonly #limits: CallLimits;

  constructor(http: HttpClient, limits: CallLimits) {
    this.#http = http;
    this.#limits = limits;
  }

  /** Which generation of secrets is used. */
  async secrets(
    version: ResolvedClientOptions['apiVersion'],
  ): Promise<Finding> {
    const hasV4 = await this.has('GET', apiPath`/api/v4/secrets`);
    if (hasV4 && version !== 'v3') return { status: 'ok', detail: 'v4' };
    if (version === 'v4') {
      return {
        status: 'failed',
        detail: 'the server has no v4, which apiVersion asks for',
        hint: "Set apiVersion to 'auto', or upgrade the server.",
      };
    }
    if (!(await this.has('GET', apiPath`/api/v3/secrets/raw`))) {
      return {
        status: 'failed',
        detail: hasV4
          ? 'the server has no v3, which apiVersion asks for'
          : 'the server has neither v4 nor v3',
        hint: hasV4
          ? "Set apiVersion to 'auto'."
          : 'Check siteUrl, or upgrade the server.',
      };
    }
    return {
      status: 'warning',
      detail: hasV4 ? 'v3, as apiVersion asks for' : 'v3',
      hint: hasV4
        ? "v3 is deprecated, and this server has v4: set apiVersion to 'auto'."
        : `v3 is deprecated. ${UPGRADE}`,
    };
  }

  /** Which generation of folders is used. */
  async folders(): Promise<Finding> {
    if (await this.has('GET', apiPath`/api/v2/folders`)) {
      return { status: 'ok', detail: 'v2' };
    }
    if (await this.has('GET', apiPath`/api/v1/folders`)) {
      return {
        status: 'ok',
        detail: 'v1: deleting a folder deletes what is in it',
      };
    }
    return { status: 'warning', detail: 'none', hint: UPGRADE };
  }

  /** What the server's KMS can do (contract: kms §1.2). */
  async kms(): Promise<Finding> {
    const key = apiPath`/api/v1/kms/keys/${NOTHING}`;
    if (await this.has('POST', apiPath`${key}/generate-mac`)) {
      return {
        status: 'ok',
        detail: 'encryption, signing, key export, MAC, rotation',
      };
    }
    if (await this.has('GET', apiPath`${key}/private-key`)) {
      return {
        status: 'ok',
        detail: 'encryption, signing, key export; no MAC, no rotation',
      };
    }
    if (await this.has('GET', apiPath`/api/v1/kms/keys`)) {
      return {
        status: 'ok',
        detail: 'encryption and signing; no key export, no MAC, no rotation',
      };
    }
    return { status: 'ok', detail: 'none' };
  }

  private async has(
    method: ApiCall['method'],
    path: ApiPath,
  ): Promise<boolean> {
    const call = { ...this.#limits, method, path };
    try {
      await this.#http.withDeadline(call, (signal) =>
        this.#http.call(call, signal),
      );
      return true;
    } catch (error) {
      if (isUnknownRoute(error)) return false;
      if (error instanceof InfisicalHttpError && isRefusal(error)) return true;
      throw error;
    }
  }
}

/** Whether Infisical itself said no. */
function isRefusal({ status, code }: InfisicalHttpError): boolean {
  return (
    status >= 400 &&
    status < 500 &&
    status !== 429 &&
    code !== 'UnexpectedAnswer'
  );
}
