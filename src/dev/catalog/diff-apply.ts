import { existsSync } from "node:fs";
import { realOutside } from "../deploy/outside.ts";
import { deployedDatabase } from "../deploy/remote-database.ts";
import { readTarget } from "../deploy/target.ts";
import { misused, readArguments } from "../local/arguments.ts";
import { STATE } from "../local/root.ts";
import { ScriptError } from "../local/run-script.ts";
import { findRunning } from "../local/running.ts";
import type { Business } from "../seeds/business-shape.ts";
import { businessFromFolder } from "../seeds/folder.ts";
import { applyComparison } from "./apply-changes.ts";
import { type Comparison, compare } from "./compare.ts";
import { staleConfirmations } from "./confirmations.ts";
import { boundDatabase, type CatalogDatabase } from "./database.ts";
import { assertDeployedFor } from "./deployed-fit.ts";
import { type Report, reportOf, reportText } from "./report.ts";

/** How `diff` is called. */
export const DIFF_USAGE = `npm run catalog -- diff [--remote [--env NAME]] [--json]
  Compares the business in BUSINESS_DIR with the database of npm run dev, or with the deployed one: rows to add, to change
  and to take off sale, and the confirmations that become stale. It changes nothing.`;

/** How `apply` is called. */
export const APPLY_USAGE = `npm run catalog -- apply [--remote [--env NAME]] [--json]
  Does what diff shows, in one transaction, with a row in the audit.`;

const OPTIONS = { remote: { type: "boolean" }, env: { type: "string" }, json: { type: "boolean" } } as const;

/** `npm run catalog -- diff`: 0 also where something differs. */
export const diff = (args: readonly string[]): Promise<number> =>
  inPlace(args, DIFF_USAGE, async ({ database, business }) => {
    const now = Date.now();
    const comparison = await compare(database, business, now);
    const report = await shownReport(comparison, database, business, now);
    return { report, text: reportText(report) };
  });

/** `npm run catalog -- apply`. */
export const apply = (args: readonly string[]): Promise<number> =>
  inPlace(args, APPLY_USAGE, async ({ database, business, assertFit }) => {
    await assertFit();
    const now = Date.now();
    // Approvals are counted before: those that become void are gone after.
    const before = await compare(database, business, now);
    const report = await shownReport(before, database, business, now);
    const { auditCorrelationId } = await applyComparison(before, database, business, now);
    const done = auditCorrelationId === undefined ? "" : `Applied. In the audit: ${auditCorrelationId}\n`;
    return {
      report: { ...report, auditCorrelationId: auditCorrelationId ?? null },
      text: `${reportText(report)}${done}`,
    };
  });

function shownReport(
  comparison: Comparison,
  database: CatalogDatabase,
  business: Business,
  now: number,
): Promise<Report> {
  const { ownerUserId } = business.files.business;
  return reportOf(comparison, staleConfirmations(comparison), database, { ownerUserId, now });
}

/** Where files are compared and applied. */
interface Place {
  readonly database: CatalogDatabase;
  readonly business: Business;
  /** Throws where the server of the database does not fit the files. */
  assertFit(): Promise<void>;
}

type Use = (place: Place) => Promise<{ readonly report: object; readonly text: string }>;

async function inPlace(args: readonly string[], usage: string, use: Use): Promise<number> {
  const { values } = readArguments(usage, { args: [...args], options: OPTIONS });
  const { remote = false, env, json = false } = values;
  if (env !== undefined && !remote) throw misused("--env is of a deployment: add --remote.", usage);
  const { report, text } = remote ? await use(deployedPlace(env)) : await useLocal(use);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : text);
  return 0;
}

function deployedPlace(env: string | undefined): Place {
  const target = readTarget(env);
  const outside = realOutside();
  return {
    database: deployedDatabase(target, outside),
    business: target.business,
    assertFit: () => assertDeployedFor(target, outside),
  };
}

async function useLocal(use: Use): ReturnType<Use> {
  const business = businessFromFolder();
  const running = findRunning();
  if (running) {
    throw new ScriptError(
      `The server runs at ${running.publicUrl}, and two programs can't open its database at once. Stop it with Ctrl-C; npm run dev loads the files at its next start.`,
    );
  }
  if (!existsSync(STATE))
    throw new ScriptError("There is no local database yet. npm run dev makes it, with the files in it.");
  // Loading wrangler takes a second, and a fault of the files is told without it.
  const { inLocalDatabase } = await import("../local/databases.ts");
  let found: Awaited<ReturnType<Use>> | undefined;
  await inLocalDatabase(STATE, async (db) => {
    // A start of the server with changed parts hands them to it.
    found = await use({ database: boundDatabase(db), business, assertFit: async () => undefined });
  });
  if (!found) throw new Error("the local database was not opened");
  return found;
}
