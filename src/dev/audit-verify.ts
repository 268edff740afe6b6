import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openHeadStore } from "../audit/head-store.ts";
import { type AuditVerdict, type FoundAudit, verifyAudit } from "../audit/verify.ts";
import { openSecrets } from "../base/secrets.ts";
import type { AuditRecord } from "../db/audit-seals.ts";
import { openSigningKeys } from "../signing/keys.ts";
import type { PublicKey } from "../signing/public-key.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { STATE } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { assertStopped } from "./local/running.ts";
import { keepSecrets } from "./local/secrets.ts";
import { keySetAt, textOf } from "./local/verify-inputs.ts";

const USAGE = `npx wrangler d1 export commerce --remote --table payment_audit_events --table audit_seals --output audit.sql
npx wrangler r2 object get product-assets/audit-head/OWNER_USER_ID.jws --remote --file head.jws
npm run audit:verify -- audit.sql --jwks https://your-shop.example/.well-known/commerce-receipts.json --head head.jws

npm run audit:verify -- --local

Keep copies of the key set and of heads in a place that the operators of the database cannot write to. --json prints the
verdict as JSON.`;

const ROWS = "SELECT * FROM payment_audit_events WHERE owner_user_id = ? ORDER BY sequence";
const SEALS = "SELECT seal FROM audit_seals WHERE owner_user_id = ? ORDER BY number";
const OWNERS = "SELECT owner_user_id FROM payment_audit_events UNION SELECT owner_user_id FROM audit_seals";

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
      ? { audits: exported(textOf(file), values.head && textOf(values.head)), keys: await keySetAt(values.jwks) }
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

/** The audits of an export: its SQL is loaded into a database in memory. */
function exported(sql: string, head: string | undefined): FoundAudit[] {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(sql);
    const owners = db
      .prepare(OWNERS)
      .all()
      .map(({ owner_user_id }) => String(owner_user_id));
    if (head !== undefined && owners.length > 1)
      throw new ScriptError("A head belongs to one business, and the export holds several.");
    return owners.map((owner) => ({
      owner,
      rows: db.prepare(ROWS).all(owner) as AuditRecord[],
      seals: db
        .prepare(SEALS)
        .all(owner)
        .map(({ seal }) => String(seal)),
      head,
    }));
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
    for (const { owner_user_id: owner } of (await DB.prepare(OWNERS).all<{ owner_user_id: string }>()).results) {
      const rows = await DB.prepare(ROWS).bind(owner).all<AuditRecord>();
      const seals = await DB.prepare(SEALS).bind(owner).all<{ seal: string }>();
      audits.push({
        owner,
        rows: rows.results,
        seals: seals.results.map(({ seal }) => seal),
        head: await heads.latest(owner),
      });
    }
  });
  return { audits, keys };
}

function inWords({
  owner,
  faults,
  sealedRows,
  unsealedRows,
  latest,
  headGiven,
}: AuditVerdict & { owner: string; headGiven: boolean }): string {
  const lines = [
    `${owner}: ${faults.length === 0 ? "AS IT WAS SEALED" : "TAMPERED WITH"}`,
    ...faults.map((fault) => `  - ${fault}`),
    `  Sealed rows: ${sealedRows}${latest ? `, the last sealed at ${latest.sealedAt} by seal ${latest.number}` : ""}`,
    `  Rows without a seal yet, left to the next scheduled run: ${unsealedRows}`,
    ...(headGiven ? [] : ["  No head was given, so rows and seals that were cut off at the end stay unnoticed"]),
  ];
  return `${lines.join("\n")}\n`;
}

await runScript(main);
