import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openHeadStore } from "../audit/head-store.ts";
import { type AuditVerdict, type FoundAudit, verifyAudit } from "../audit/verify.ts";
import { openSecrets } from "../base/secrets.ts";
import type { AuditRecord } from "../db/audit-seals.ts";
import { openSigningKeys } from "../signing/keys.ts";
import type { PublicKey } from "../signing/public-key.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { keySetAt, textOf } from "./local/key-set.ts";
import { STATE } from "./local/root.ts";
import { findRunning } from "./local/running.ts";
import { keepSecrets } from "./local/secrets.ts";
import { runScript, Told } from "./local/told.ts";

const USAGE = `npx wrangler d1 export commerce --remote --table payment_audit_events --table audit_seals --output audit.sql
npx wrangler r2 object get product-assets/audit-head/OWNER_USER_ID.jws --remote --file head.jws
npm run audit:verify -- audit.sql --jwks https://your-shop.example/.well-known/commerce-receipts.json --head head.jws

npm run audit:verify -- --local

Keep a copy of the key set, and of a head now and then, where whoever runs the database cannot reach them. --json gives
the verdict for machines.`;

const ROWS = "SELECT * FROM payment_audit_events WHERE owner_user_id = ? ORDER BY sequence";
const SEALS = "SELECT seal FROM audit_seals WHERE owner_user_id = ? ORDER BY number";
const OWNERS = "SELECT owner_user_id FROM payment_audit_events UNION SELECT owner_user_id FROM audit_seals";

/**
 * `npm run audit:verify`: holds an exported audit against its seals, and says in words what was tampered with. Exit
 * code 0: nothing was; 1: something was, or it could not be checked.
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
  if (audits.length === 0) throw new Told("There is no audit in it.");
  const verdicts: (AuditVerdict & { owner: string; headGiven: boolean })[] = [];
  for (const audit of audits) {
    const verdict = await verifyAudit(audit, keys);
    verdicts.push({ owner: audit.owner, headGiven: audit.head !== undefined, ...verdict });
  }
  process.stdout.write(values.json ? `${JSON.stringify(verdicts, null, 2)}\n` : verdicts.map(inWords).join("\n"));
  return verdicts.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

/** An export is SQL: loaded into a database in memory, it is read like the one that it came from. */
function exported(sql: string, head: string | undefined): FoundAudit[] {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(sql);
    const owners = db
      .prepare(OWNERS)
      .all()
      .map(({ owner_user_id }) => String(owner_user_id));
    if (head !== undefined && owners.length > 1) throw new Told("A head is one business's, and the export holds more.");
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
    if (error instanceof Told) throw error;
    throw new Told(`This is no export of the audit: ${error instanceof Error ? error.message : error}`);
  } finally {
    db.close();
  }
}

/** The state of `npm run dev`. */
async function local(): Promise<{ audits: FoundAudit[]; keys: readonly PublicKey[] }> {
  if (findRunning()) throw new Told("Stop npm run dev first: two programs can't open its database at once.");
  if (!existsSync(STATE)) throw new Told("There is no local state yet. Start the server once: npm run dev");
  const { keys } = await openSigningKeys(openSecrets([keepSecrets(STATE).serverSecret])).published();
  const audits: FoundAudit[] = [];
  // Everything that opens a database here is a second to load, and an export needs none of it.
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
    `  Rows that no seal covers yet, left to the next scheduled run: ${unsealedRows}`,
    ...(headGiven ? [] : ["  No head was given: seals and rows cut off at the end would not be missed"]),
  ];
  return `${lines.join("\n")}\n`;
}

await runScript(main);
