import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openHeadStore } from "../audit/head-store.ts";
import { type AuditVerdict, type FoundAudit, verifyAudit } from "../audit/verify.ts";
import type { SealedRows } from "../audit/verify-rows.ts";
import { openSecrets } from "../base/secrets.ts";
import { SEALED_TABLES } from "../db/schema/sealed-tables.ts";
import type { RowRecord } from "../db/sealed-rows.ts";
import { openSigningKeys } from "../signing/keys.ts";
import type { PublicKey } from "../signing/public-key.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { STATE } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { assertStopped } from "./local/running.ts";
import { keepSecrets } from "./local/secrets.ts";
import { keySetAt, textOf } from "./local/verify-inputs.ts";

/** The tables of rows under the seal, the audit first. */
const AUDITED = ["payment_audit_events", ...SEALED_TABLES.map(({ table }) => table)] as const;

const USAGE = `npx wrangler d1 export commerce --remote --output audit.sql \\
${[...AUDITED, "audit_seals"].map((table) => `  --table ${table}`).join(" \\\n")}
npx wrangler r2 object get product-assets/audit-head/OWNER_USER_ID.jws --remote --file head.jws
npm run audit:verify -- audit.sql --jwks https://your-shop.example/.well-known/commerce-receipts.json --head head.jws

npm run audit:verify -- --local

Keep copies of the key set and of heads in a place that the operators of the database cannot write to. --json prints the
verdict as JSON.`;

const rowsOf = (table: string) => `SELECT * FROM ${table} WHERE owner_user_id = ?`;
const SEALS = "SELECT seal FROM audit_seals WHERE owner_user_id = ? ORDER BY number";
const OWNERS = [...AUDITED, "audit_seals"].map((table) => `SELECT owner_user_id FROM ${table}`).join(" UNION ");

/**
 * `npm run audit:verify`: compares an exported audit with its seals and prints each fault. Exit code 0: no fault;
 * 1: a fault, or an audit that could not be checked.
 */
async function main(): Promise<number> {
  const { positionals, values } = readArguments(USAGE, {
    allowPositionals: true,
    options: {
      jwks: { type: "string" },
      head: { type: "string" },
      local: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const [file, ...more] = positionals;
  if (more.length > 0 || (values.local ? Boolean(file) : !file || !values.jwks)) {
    throw misused("An export and a key set are needed, or --local.", USAGE);
  }
  const { audits, keys } =
    file && values.jwks
      ? { audits: await exported(textOf(file), values.head && textOf(values.head)), keys: await keySetAt(values.jwks) }
      : await local();
  if (audits.length === 0) throw new ScriptError("The export holds no audit.");
  const verdicts: (AuditVerdict & { owner: string; headGiven: boolean })[] = [];
  for (const audit of audits) {
    const verdict = await verifyAudit(audit, keys);
    verdicts.push({ owner: audit.owner, headGiven: audit.head !== undefined, ...verdict });
  }
  process.stdout.write(values.json ? `${JSON.stringify(verdicts, null, 2)}\n` : verdicts.map(inWords).join("\n"));
  return verdicts.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

/** Runs a query over the audit that is looked at, with the business as its parameter where it has one. */
type Ask = (sql: string, ...owner: string[]) => Promise<readonly RowRecord[]>;

/** The audit of each business that has rows. */
async function auditsOf(ask: Ask, headOf: (owner: string) => Promise<string | undefined>): Promise<FoundAudit[]> {
  const audits: FoundAudit[] = [];
  for (const { owner_user_id } of await ask(OWNERS)) {
    const owner = String(owner_user_id);
    const [rows = [], ...beside] = await Promise.all(AUDITED.map((table) => ask(rowsOf(table), owner)));
    audits.push({
      owner,
      rows,
      beside: Object.fromEntries(SEALED_TABLES.map(({ table }, index) => [table, beside[index] ?? []])) as SealedRows,
      seals: (await ask(SEALS, owner)).map(({ seal }) => String(seal)),
      head: await headOf(owner),
    });
  }
  return audits;
}

/** The audits of an export: its SQL is loaded into a database in memory. */
async function exported(sql: string, head: string | undefined): Promise<FoundAudit[]> {
  // The export holds some tables and no others that theirs refer to.
  const db = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  try {
    db.exec(sql);
    const ask: Ask = async (query, ...owner) => db.prepare(query).all(...owner) as RowRecord[];
    const audits = await auditsOf(ask, async () => head);
    if (head !== undefined && audits.length > 1)
      throw new ScriptError("A head belongs to one business, and the export holds several.");
    return audits;
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    throw new ScriptError(`This is no export of the audit: ${error instanceof Error ? error.message : error}`);
  } finally {
    db.close();
  }
}

/** The audits and keys in the state of `npm run dev`. */
async function local(): Promise<{ audits: FoundAudit[]; keys: readonly PublicKey[] }> {
  assertStopped();
  if (!existsSync(STATE)) throw new ScriptError("There is no local state yet. Start the server once: npm run dev");
  const { keys } = await openSigningKeys(openSecrets([keepSecrets(STATE).serverSecret])).published();
  const audits: FoundAudit[] = [];
  // Loading wrangler takes a second, and an export does not need it.
  const { inLocalState } = await import("./local/databases.ts");
  await inLocalState(STATE, async ({ DB, PRODUCT_ASSETS }) => {
    const heads = openHeadStore(PRODUCT_ASSETS);
    const ask: Ask = async (sql, ...owner) =>
      (
        await DB.prepare(sql)
          .bind(...owner)
          .all<RowRecord>()
      ).results;
    audits.push(...(await auditsOf(ask, (owner) => heads.latest(owner))));
  });
  return { audits, keys };
}

function inWords({
  owner,
  faults,
  sealedRows,
  unsealedRows,
  rowsBeside,
  latest,
  headGiven,
}: AuditVerdict & { owner: string; headGiven: boolean }): string {
  const lines = [
    `${owner}: ${faults.length === 0 ? "AS IT WAS SEALED" : "TAMPERED WITH"}`,
    ...faults.map((fault) => `  - ${fault}`),
    `  Sealed rows: ${sealedRows}${latest ? `, the last sealed at ${latest.sealedAt} by seal ${latest.number}` : ""}`,
    `  Rows without a seal yet, left to the next scheduled run: ${unsealedRows}`,
    `  Rows of the other sealed tables, each held against the audit: ${rowsBeside}`,
    ...(headGiven ? [] : ["  No head was given, so rows and seals that were cut off at the end stay unnoticed"]),
  ];
  return `${lines.join("\n")}\n`;
}

await runScript(main);
