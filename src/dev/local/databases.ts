import { join } from "node:path";
import { getPlatformProxy } from "wrangler";
import { hashPassword } from "../../auth/password.ts";
import { createKeyring } from "../../base/keyring.ts";
import { openSecrets } from "../../base/secrets.ts";
import { applyBusiness } from "../catalog/apply-changes.ts";
import { boundDatabase } from "../catalog/database.ts";
import type { Business } from "../seeds/business-shape.ts";
import { writeDevAccounts } from "../seeds/dev-accounts.ts";
import { devAccountsFromFolder, storyFromFolder } from "../seeds/folder.ts";
import { loadBusiness } from "../seeds/load.ts";
import { openLocalDatabase } from "../seeds/local-database.ts";
import { writeStory } from "../seeds/story/write-story.ts";
import { migrate } from "./migrate.ts";
import { ROOT } from "./root.ts";

/** The configuration of the server. */
export const SERVER_CONFIG = join(ROOT, "wrangler.toml");
/** The folder of the Stripe sandbox. */
export const SANDBOX_FOLDER = join(ROOT, "src", "dev", "stripe-sandbox");

/** The state folder of a Worker. Two processes in one folder lock each other out, so each Worker has its own. */
export const persistFolder = (state: string, worker: "server" | "sandbox") => join(state, worker);

/** Migrates the server's database and writes the business and the development accounts of the seeds. */
export async function prepareServer(options: {
  state: string;
  business: Business;
  /** The folder that the business was read from; undefined for `BUSINESS_DIR`. */
  businessDir?: string | undefined;
  publicUrl: string;
  serverSecret: string;
  /** True: the story behind the reference document is written too. */
  story: boolean;
}): Promise<void> {
  await withDatabase<{ DB: D1Database }>(SERVER_CONFIG, persistFolder(options.state, "server"), async ({ DB }) => {
    await migrate(DB, join(ROOT, "migrations"));
    const { business } = options;
    const now = Date.now();
    await loadOrApply(DB, business, now);
    const local = openLocalDatabase(DB, options.publicUrl);
    const keyring = createKeyring(openSecrets(options.serverSecret.split(",")));
    if (options.story)
      await writeStory(local, business, storyFromFolder(business, "reference", options.businessDir), keyring);
    await writeDevAccounts(
      local,
      devAccountsFromFolder(business.files.business, options.businessDir),
      now,
      hashPassword,
    );
  });
}

/** The first load is the start of a database; every later one that changes something stands in its audit. */
async function loadOrApply(binding: D1Database, business: Business, now: number): Promise<void> {
  const { results } = await binding.prepare("SELECT 1 FROM businesses LIMIT 1").all();
  if (results.length === 0) await loadBusiness(binding, business, now);
  else await applyBusiness(boundDatabase(binding), business, now);
}

/** Opens and migrates the server's database. No other process may have it open. */
export async function inLocalDatabase(state: string, use: (db: D1Database) => Promise<unknown>): Promise<void> {
  await withDatabase<{ DB: D1Database }>(SERVER_CONFIG, persistFolder(state, "server"), async ({ DB }) => {
    await migrate(DB, join(ROOT, "migrations"));
    await use(DB);
  });
}

/** Opens the server's database and files as they are. No other process may have them open. */
export async function inLocalState(
  state: string,
  use: (bindings: { DB: D1Database; PRODUCT_ASSETS: R2Bucket }) => Promise<unknown>,
): Promise<void> {
  await withDatabase(SERVER_CONFIG, persistFolder(state, "server"), use);
}

/** Migrates the sandbox's database. */
export async function prepareSandbox(state: string): Promise<void> {
  const config = join(SANDBOX_FOLDER, "wrangler.toml");
  await withDatabase<{ SANDBOX_DB: D1Database }>(config, persistFolder(state, "sandbox"), ({ SANDBOX_DB }) =>
    migrate(SANDBOX_DB, join(SANDBOX_FOLDER, "migrations")),
  );
}

/** Opens the bindings of a configuration on the files of its Worker. */
async function withDatabase<Env extends Record<string, unknown>>(
  configPath: string,
  folder: string,
  use: (env: Env) => Promise<unknown>,
): Promise<void> {
  const proxy = await getPlatformProxy<Env>({
    configPath,
    // A started Worker keeps its files in this subfolder.
    persist: { path: join(folder, "v3") },
    envFiles: [],
    remoteBindings: false,
  });
  try {
    await use(proxy.env);
  } finally {
    await proxy.dispose();
  }
}
