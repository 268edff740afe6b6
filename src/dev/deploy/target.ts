import { join } from "node:path";
import { STRIPE_MODES, type StripeMode } from "../../db/schema/vocabulary.ts";
import { migrationFiles, releasedIn, releaseFaults } from "../local/released-migrations.ts";
import { BUSINESS_DIR, ROOT, shownFolder } from "../local/root.ts";
import { ScriptError } from "../local/run-script.ts";
import { businessSettings } from "../seeds/business-settings.ts";
import type { Business } from "../seeds/business-shape.ts";
import { businessFromFolder } from "../seeds/folder.ts";
import { type Config, configOf } from "./config.ts";

/** What is to be deployed: an environment of `wrangler.toml`, and the business of `BUSINESS_DIR`. */
export interface Target {
  /** Undefined: the top level of `wrangler.toml`, which is production. */
  readonly env: string | undefined;
  readonly config: Config;
  /** The top level, which is production. */
  readonly above: Config;
  readonly worker: string;
  readonly publicUrl: string;
  readonly database: { readonly name: string; readonly id: string };
  readonly kvId: string;
  readonly bucket: string;
  readonly maxMode: StripeMode | undefined;
  /** Modes in which this deployment sells something. */
  readonly modes: readonly StripeMode[];
  readonly business: Business;
  readonly folder: string;
  /** Variables that the business decides; `wrangler.toml` has none of them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Names of the migration files, in their order. */
  readonly migrations: readonly string[];
  /** Released migrations that were edited, and later ones that do more than add, as lines. */
  readonly releaseFaults: readonly string[];
  /** Migrations that `migrations/released.json` does not hold yet. */
  readonly unreleased: readonly string[];
}

/** Reads the target. Throws a `ScriptError` for an environment that `wrangler.toml` lacks, a `SeedError` with all faults of the business. */
export function readTarget(env: string | undefined, root: string = ROOT): Target {
  const above = configOf(root, undefined);
  const known = above.definedEnvironments ?? [];
  if (env !== undefined && !known.includes(env)) {
    throw new ScriptError(`wrangler.toml has no environment ${env}. It has: ${known.join(", ") || "none"}.`);
  }
  const config = env === undefined ? above : configOf(root, env);
  const business = businessFromFolder();
  const files = migrationFiles(join(root, "migrations"));
  const released = releasedIn(join(root, "migrations"));
  const [database] = config.d1_databases;
  const { PUBLIC_URL, STRIPE_MAX_MODE } = config.vars;
  const maxMode = STRIPE_MODES.find((mode) => mode === STRIPE_MAX_MODE);
  return {
    env,
    config,
    above,
    worker: config.name ?? "",
    publicUrl: PUBLIC_URL ?? "",
    database: { name: database?.database_name ?? "", id: database?.database_id ?? "" },
    kvId: config.kv_namespaces[0]?.id ?? "",
    bucket: config.r2_buckets[0]?.bucket_name ?? "",
    maxMode,
    modes: soldIn(business, maxMode),
    business,
    folder: shownFolder(BUSINESS_DIR),
    settings: businessSettings(business),
    migrations: files.map(({ name }) => name),
    releaseFaults: releaseFaults(files, released),
    unreleased: files.map(({ name }) => name).filter((name) => !Object.hasOwn(released, name)),
  };
}

/** The modes that the data of a business asks for, one for each offer and sold plan. */
export const modesOfData = ({ files }: Business): readonly StripeMode[] => [
  ...files.offers.stacks.flatMap(({ offers }) => offers.map(({ stripeMode }) => stripeMode)),
  ...files.plans.plans.flatMap(({ stripeMode }) => (stripeMode === null ? [] : [stripeMode])),
];

function soldIn(business: Business, maxMode: StripeMode | undefined): readonly StripeMode[] {
  const modes = modesOfData(business).map((mode) => (maxMode === "live" ? mode : "sandbox"));
  return STRIPE_MODES.filter((mode) => modes.includes(mode));
}

/** `npm run deploy` for this target. */
export const deployCommand = ({ env }: Pick<Target, "env">): string =>
  env === undefined ? "npm run deploy" : `npm run deploy -- --env ${env}`;

/** The argument by which a command of wrangler works on this target, whatever `CLOUDFLARE_ENV` says. */
export const envArgument = ({ env }: Pick<Target, "env">): string => `--env=${env ?? ""}`;

/** Where a value stands in `wrangler.toml`: `[env.staging.vars]`. */
export const tomlTable = ({ env }: Pick<Target, "env">, table: string): string =>
  env === undefined ? table : `env.${env}.${table}`;

/** Whether an id is still the one that the repository comes with. */
export const isPlaceholder = (id: string): boolean => /^[0-]*$/.test(id);
