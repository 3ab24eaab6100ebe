/** What `nest add nestjs-infisical` takes; see nest-add.schema.json. */
export interface NestAddOptions {
  /** The app in nest-cli.json. */
  readonly project?: string;
  /** The app's sources; the CLI passes it. */
  readonly sourceRoot?: string;
  /** File of the root module. */
  readonly module?: string;
  readonly siteUrl?: string;
  readonly projectId?: string;
  readonly projectSlug?: string;
  readonly environment?: string;
  readonly path?: string;
  readonly skipInstall?: boolean;
}
