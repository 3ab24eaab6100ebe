/** Why a delivery was refused. Only the log tells it, the sender does not learn it. */
export type RefusedDelivery =
  'unsigned' | 'forged' | 'too old' | 'repeated' | 'unreadable';

/** Every log line about webhooks. No body, signature or key in any of them. */
export const messages = {
  refused: (reason: RefusedDelivery): string =>
    `A webhook was refused: ${ADVICE[reason]} More like this are told of once a minute.`,

  noRawBody:
    'A webhook cannot be checked, because its body was not kept as it was sent: create the app with NestFactory.create(AppModule, { rawBody: true }).',
};

const ADVICE: Readonly<Record<RefusedDelivery, string>> = {
  unsigned:
    'it has no signature. If it is from Infisical, give the webhook a secret key there.',
  forged:
    'its signature does not fit. If it is from Infisical, check that the secret is the one of the webhook, and that nothing on the way changes the body.',
  'too old':
    'it was sent too long ago, or ahead of time. Check the clocks of both machines, or raise maxAge.',
  repeated: 'the same one came before.',
  unreadable:
    'its signature fits, its content does not. Choose the type "general" for the webhook in Infisical.',
};
