import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createKeyring, type Keyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { type Database, openDatabase } from "../../src/db/database.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { openLocalDatabase } from "../../src/dev/seeds/local-database.ts";
import { writeStory } from "../../src/dev/seeds/story/write-story.ts";
import { bundledBusiness, bundledReferenceStory } from "../support/bundled-seeds.ts";

/** What the vitest config binds for these tests. */
interface TestBindings {
  readonly DB: D1Database;
  readonly MIGRATIONS: D1Migration[];
  readonly PUBLIC_URL: string;
  readonly SERVER_SECRET: string;
}

/** The date of the reference document: catalog rows of the tests are as old as it. */
export const REFERENCE_DAY = Date.parse("2026-05-22T00:00:00.000Z");

/** The bindings, which the platform types as unknown. */
export const testBindings = (): TestBindings => env as unknown as TestBindings;

/** A migrated database. Isolation is by test file: one that is seeded twice is the same one. */
export async function migratedDatabase(): Promise<{ binding: D1Database; db: Database }> {
  const { DB: binding, MIGRATIONS } = testBindings();
  await applyD1Migrations(binding, MIGRATIONS);
  return { binding, db: openDatabase(binding) };
}

/** A migrated database that holds the business of the repository. */
export async function seededDatabase(
  now = REFERENCE_DAY,
): Promise<{ binding: D1Database; db: Database; business: Business }> {
  const opened = await migratedDatabase();
  const business = bundledBusiness();
  await loadBusiness(opened.binding, business, now);
  return { ...opened, business };
}

/** A seeded database in which the reference story has happened. */
export async function databaseWithStory(keyring: Pick<Keyring, "seal"> = testKeyring()) {
  const seeded = await seededDatabase();
  const local = openLocalDatabase(seeded.binding, testBindings().PUBLIC_URL);
  await writeStory(local, seeded.business, bundledReferenceStory(seeded.business), keyring);
  return { ...seeded, local };
}

export const testKeyring = (): Keyring => createKeyring(openSecrets(testBindings().SERVER_SECRET.split(",")));
