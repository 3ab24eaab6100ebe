import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import { createCertificate } from './certificate.js';
import type {
  EmulatorCertificate,
  EmulatorTlsProvider,
} from './provider-types.js';

const CA_NAME = 'Emulator CA';
const TEN_YEARS = 315_360_000;

/** A certificate authority with an EC key. */
export class TlsProvider implements EmulatorTlsProvider {
  #authority:
    { readonly privateKey: KeyObject; readonly pem: string } | undefined;

  constructor(private readonly clock: Clock) {}

  get caPem(): string {
    return this.authority().pem;
  }

  issueCertificate({
    commonName,
    altNames = [],
    validFrom = -60,
    validTo = 86_400,
    isCa = false,
  }: Parameters<
    EmulatorTlsProvider['issueCertificate']
  >[0]): EmulatorCertificate {
    const { privateKey: caKey, pem: caPem } = this.authority();
    const { privateKey, publicKey } = newKeys();
    const now = this.clock.now();
    const content = {
      issuer: CA_NAME,
      subject: commonName,
      altNames,
      isCa,
      validFrom: now + validFrom * 1000,
      validTo: now + validTo * 1000,
      publicKey,
    };
    return {
      certPem: createCertificate(content, caKey),
      keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      caPem,
    };
  }

  private authority() {
    if (this.#authority) return this.#authority;
    const { privateKey, publicKey } = newKeys();
    const now = this.clock.now();
    const pem = createCertificate(
      {
        issuer: CA_NAME,
        subject: CA_NAME,
        altNames: [],
        isCa: true,
        validFrom: now - TEN_YEARS * 1000,
        validTo: now + TEN_YEARS * 1000,
        publicKey,
      },
      privateKey,
    );
    this.#authority = { privateKey, pem };
    return this.#authority;
  }
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
