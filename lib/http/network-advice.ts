/** What a failed connection or exchange means, and what to do about it. */
export interface NetworkAdvice {
  readonly advice: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The connection was never there, so nothing was sent. */
  readonly unsent?: boolean;
}

/** A failure as the runtime tells it. */
export interface NetworkFailure {
  readonly code: string;
  /** Whether an answer, if there was one, began as HTTP does. */
  readonly isHttp: boolean;
  /** Whether it happened over TLS. */
  readonly secure: boolean;
  /** Nothing at all came back before the connection ended. */
  readonly silent?: boolean;
  /** Names in the certificate that was refused. */
  readonly certificateNames?: string;
}

/** Which options the advice is about: those of the server or those of the proxy. */
interface Words {
  readonly who: string;
  readonly url: string;
  readonly ca: string;
}

const SERVER: Words = {
  who: 'server',
  url: 'siteUrl',
  ca: '`tls.caFile` or `tls.ca`',
};

const PROXY: Words = {
  who: 'proxy',
  url: 'proxy',
  ca: '`proxy.caFile` or `proxy.ca`',
};

/** Advice for a failure between here and the server. One place for all of it. */
export function adviceFor(failure: NetworkFailure): NetworkAdvice {
  return (
    tlsAdvice(failure, SERVER) ??
    addressAdvice(failure, SERVER) ??
    exchangeAdvice(failure)
  );
}

/** Advice for a proxy that could not be reached. */
export function proxyAdvice(failure: NetworkFailure): NetworkAdvice {
  return (
    tlsAdvice(failure, PROXY) ??
    addressAdvice(failure, PROXY) ?? {
      advice:
        'It did not answer as a proxy does: check host, port and scheme of the proxy, in `proxy` or HTTPS_PROXY and HTTP_PROXY.',
      retryable: true,
    }
  );
}

/** Advice for a proxy that answered, but opened no way. */
export function refusedTunnelAdvice(
  status: number,
  authority: string,
): NetworkAdvice {
  if (status === 407) {
    return {
      advice:
        'It wants credentials: set `proxy.username` and `proxy.password`, or put them into the proxy’s URL.',
      retryable: false,
    };
  }
  if (status >= 500) {
    return {
      advice: `It cannot reach ${authority}: check siteUrl, and DNS and firewall of the proxy.`,
      retryable: true,
    };
  }
  return {
    advice: `It does not allow CONNECT to ${authority}: have it allowed, or exclude the server from the proxy by NO_PROXY, \`proxy.noProxy\` or \`proxy: false\`.`,
    retryable: status === 429,
  };
}

/** TLS failed: trying again does not help, and mostly nothing was sent. */
function tlsAdvice(
  { code, certificateNames }: NetworkFailure,
  { who, url, ca }: Words,
): NetworkAdvice | undefined {
  const refused = (advice: string): NetworkAdvice => ({
    advice,
    retryable: false,
    unsent: true,
  });
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return refused(
        `The certificate of the ${who} is for other names${certificateNames ? ` (${certificateNames})` : ''}: use one of them as the host in \`${url}\`, or have a certificate made for this host.`,
      );
    case 'CERT_HAS_EXPIRED':
      return refused(
        `The certificate of the ${who} has expired: renew it there. If it has not, the clock of this machine is wrong.`,
      );
    case 'CERT_NOT_YET_VALID':
      return refused(
        `The certificate of the ${who} is not valid yet: check the clock of this machine, then the certificate.`,
      );
    case 'CERT_REVOKED':
      return refused(
        `The certificate of the ${who} was revoked: replace it there.`,
      );
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) {
    return refused(
      `What listens there does not speak TLS: use http:// in \`${url}\`, or the port that has https.`,
    );
  }
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/.test(code)) {
    return refused(
      `The ${who} has no TLS 1.2 or newer: enable it there; older versions are not used.`,
    );
  }
  if (/ALERT_HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED/.test(code)) {
    return refused(
      `The ${who} refused the TLS handshake. If it asks for a client certificate, set \`tls.cert\` and \`tls.key\`; else it shares no cipher with this runtime.`,
    );
  }
  if (/ALERT_(UNKNOWN_CA|.*CERTIFICATE|ACCESS_DENIED)/.test(code)) {
    return refused(
      `The ${who} does not accept the client certificate: check that \`tls.cert\` is of an authority it trusts, and not expired.`,
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|INVALID_CA/.test(code)) {
    return refused(
      `The certificate of the ${who} is not trusted: pass your certificate authority in ${ca}, or start Node.js with NODE_EXTRA_CA_CERTS.`,
    );
  }
  if (/^ERR_(SSL|TLS)_|^EPROTO$/.test(code)) {
    return {
      advice: `TLS with the ${who} failed: check that \`${url}\` names the https port of the ${who}.`,
      retryable: false,
    };
  }
  return undefined;
}

function addressAdvice(
  { code }: NetworkFailure,
  { who, url }: Words,
): NetworkAdvice | undefined {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        advice: `The host name was not found: check \`${url}\` and the DNS of this machine.`,
        retryable: code === 'EAI_AGAIN',
        unsent: true,
      };
    case 'ECONNREFUSED':
      return {
        advice: `Nothing listens there: check host and port of \`${url}\`, and that the ${who} runs.`,
        retryable: true,
        unsent: true,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return {
        advice: `It cannot be reached: check \`${url}\`, and the routes and firewalls between this machine and the ${who}.`,
        retryable: true,
        unsent: true,
      };
    default:
      return undefined;
  }
}

function exchangeAdvice({
  code,
  isHttp,
  secure,
  silent,
}: NetworkFailure): NetworkAdvice {
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return {
      advice: 'The client was closed: make a new one.',
      retryable: false,
    };
  }
  if (!isHttp) {
    return {
      advice: secure
        ? 'The answer is not HTTP: check host and port of `siteUrl`.'
        : 'The answer is not HTTP: if the port speaks TLS, `siteUrl` must start with https://.',
      retryable: false,
    };
  }
  if (silent) {
    return {
      advice: secure
        ? 'The connection was closed without a word: if the server asks for a client certificate, set `tls.cert` and `tls.key`; else look at the server’s log.'
        : 'The connection was closed without a word: if the port speaks TLS, `siteUrl` must start with https://; else look at the server’s log.',
      retryable: true,
    };
  }
  return {
    advice:
      'Check `siteUrl`, firewalls and proxies between this machine and the server.',
    retryable: true,
  };
}
