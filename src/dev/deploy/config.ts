import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";

/** What is read of `wrangler.toml`, as wrangler merges the top level into an environment; its own type is not exported whole. */
export interface Config {
  readonly name?: string;
  readonly account_id?: string;
  readonly definedEnvironments?: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly routes?: readonly (string | { readonly pattern: string; readonly custom_domain?: boolean })[];
  readonly triggers: { readonly crons?: readonly string[] };
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_name?: string;
    readonly database_id?: string;
  }[];
  readonly kv_namespaces: readonly { readonly binding: string; readonly id?: string }[];
  readonly r2_buckets: readonly { readonly binding: string; readonly bucket_name?: string }[];
  readonly send_email: readonly { readonly name: string }[];
  readonly ratelimits: readonly {
    readonly name: string;
    readonly namespace_id: string;
    readonly simple: { readonly limit: number; readonly period: number };
  }[];
}

/** `wrangler.toml` of a folder, read by wrangler for an environment; undefined is the top level, whatever `CLOUDFLARE_ENV` says. */
export const configOf = (folder: string, env: string | undefined): Config =>
  readConfig({ config: join(folder, "wrangler.toml"), env: env ?? "" }, { hideWarnings: true }) as unknown as Config;
