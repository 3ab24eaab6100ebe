/** As much as is used of this optional peer, which is too large to develop with. */
declare module '@aws-sdk/credential-providers' {
  export function fromNodeProviderChain(): () => Promise<{
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  }>;
}
