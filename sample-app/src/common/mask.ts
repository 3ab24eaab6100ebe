/** What may be shown of a secret: enough to tell two apart, too little to use one. */
export function mask(secret: string): string {
  return secret.length > 12
    ? `${secret.slice(0, 2)}***${secret.slice(-2)}`
    : '***';
}
