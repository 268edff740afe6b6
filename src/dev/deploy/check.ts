import { accountFinding, storeFindings } from "./account-check.ts";
import { configFindings } from "./config-check.ts";
import { type Finding, isFault, notLookedAt, ok } from "./finding.ts";
import { migrationsFinding } from "./migrations-check.ts";
import type { Outside } from "./outside.ts";
import { publicFindings } from "./public-check.ts";
import { scheduleFinding } from "./schedule-check.ts";
import { seedsFinding } from "./seeds-check.ts";
import { stripeFindings } from "./stripe-check.ts";
import type { Target } from "./target.ts";
import { secretFindings, workerFindings } from "./worker-check.ts";

/** Looks at all that a deployment needs, and changes nothing: the file, the account, the Worker, the database, Stripe, the outside. */
export async function check(target: Target, outside: Outside): Promise<readonly Finding[]> {
  const config = configFindings(target);
  const addressed = !config.some((finding) => finding.what === "address" && isFault(finding));
  return [
    ok("business", `${target.business.files.business.name} (${target.folder})`),
    ...config,
    ...(await accountFindings(target, outside)),
    ...(await stripeFindings(target, outside)),
    ...(addressed ? await publicFindings(target, outside) : [later("outside", "the address")]),
  ];
}

async function accountFindings(target: Target, outside: Outside): Promise<readonly Finding[]> {
  const account = await accountFinding(target, outside);
  if (isFault(account))
    return [account, later("database, bucket, secrets, Worker, migrations, business", "the account")];
  const stores = await storeFindings(target, outside);
  const secrets = await secretFindings(target, outside);
  const { findings, serving } = await workerFindings(target, outside);
  const front = [account, ...stores, ...secrets, ...findings];
  const [database] = stores;
  if (database && isFault(database)) return [...front, later("migrations, business in the database", "the database")];
  const migrations = await migrationsFinding(target, outside);
  if (!migrations.whole) return [...front, migrations.finding, later("business in the database", "the migrations")];
  const inDatabase = [migrations.finding, await seedsFinding(target, outside)];
  return [...front, ...inDatabase, ...(serving ? [await scheduleFinding(target, outside, serving)] : [])];
}

const later = (what: string, first: string): Finding =>
  notLookedAt(what, { found: `${first} comes first`, fix: [`mend the line of ${first}, then the check again`] });
