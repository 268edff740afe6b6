import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowsSha256, SEAL } from "../../src/audit/seal.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { SEALED_TABLES } from "../../src/db/schema/sealed-tables.ts";
import { type RowRecord, rowSha256 } from "../../src/db/sealed-rows.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";
import { sign } from "../../src/signing/signed.ts";

const folder = mkdtempSync(join(tmpdir(), "audit-"));
const at = (name: string) => join(folder, name);
const keys = openSigningKeys(openSecrets(["a secret that signs seals of this test"]));

const run = (...args: string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const script = join(ROOT, "src", "dev", "audit-verify.ts");
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr });
    });
  });

/** A decision as it is stored: `row` 2 of the audit tells of it. */
const decision: RowRecord = {
  id: "post-purchase-decision-1",
  checkout_intent_id: "checkout-intent-1",
  offer_stack_id: "stack",
  presented_offer_id: "offer",
  decision_kind: "decline_upsell",
  checkout_status: "paid",
  checkout_updated_at: 1,
  actor_kind: "oauth_client",
  created_at: 1,
  idempotency_key: null,
  audit_correlation_id: "audit-1",
  metadata_json: "{}",
  owner_user_id: "the-owner",
  operation_id: "operation-1",
};

const row = async (sequence: number): Promise<RowRecord> => ({
  sequence,
  id: `audit-event-${sequence}`,
  owner_user_id: "the-owner",
  summary: "It's said; with 'quotes'",
  proof: sequence === 2 ? null : "argument",
  event_kind: sequence === 2 ? "post_purchase_non_billing_decision_recorded" : "checkout_intent_created",
  subject_id: sequence === 2 ? (decision.id ?? null) : "subject",
  operation_id: `operation-${sequence}`,
  row_sha256: sequence === 2 ? await rowSha256(decision) : null,
});

const migrations = join(ROOT, "migrations");
const made = readdirSync(migrations)
  .map((name) => readFileSync(join(migrations, name), "utf8"))
  .join("\n");
/** The statement that makes a table, with its references to tables that no export holds. */
const tableOf = (name: string) => new RegExp(`CREATE TABLE ${name} \\([\\s\\S]*?\\n\\)[^;]*;`).exec(made)?.[0] ?? "";

/** As D1 exports: the tables, then a row a line. */
function exportOf(rows: readonly RowRecord[], seals: readonly string[], decisions = [decision]): string {
  const text = (value: string | number | null | undefined) =>
    typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value ?? "NULL");
  return [
    "PRAGMA defer_foreign_keys=TRUE;",
    "CREATE TABLE payment_audit_events (sequence INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL, owner_user_id TEXT NOT NULL, summary TEXT NOT NULL, proof TEXT, event_kind TEXT, subject_id TEXT, operation_id TEXT, row_sha256 TEXT) STRICT;",
    ...rows.map((record) => `INSERT INTO "payment_audit_events" VALUES(${Object.values(record).map(text).join(",")});`),
    "CREATE TABLE audit_seals (owner_user_id TEXT NOT NULL, number INTEGER NOT NULL, through_sequence INTEGER NOT NULL, sealed_at INTEGER NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (owner_user_id, number)) STRICT, WITHOUT ROWID;",
    ...SEALED_TABLES.map(({ table }) => tableOf(table)),
    ...decisions.map(
      (record) =>
        `INSERT INTO "checkout_post_purchase_decisions" VALUES(${Object.values(record).map(text).join(",")});`,
    ),
    ...seals.map((seal, index) => `INSERT INTO "audit_seals" VALUES('the-owner',${index + 1},0,0,'${seal}');`),
  ].join("\n");
}

beforeAll(async () => {
  const rows = await Promise.all([1, 2, 4, 5].map(row));
  const seals: string[] = [];
  for (const [after, through] of [
    [0, 2],
    [2, 4],
  ] as const) {
    const covered = rows.filter(({ sequence }) => Number(sequence) > after && Number(sequence) <= through);
    const previous = seals.at(-1);
    const seal = {
      owner: "the-owner",
      number: seals.length + 1,
      after,
      through,
      rows: covered.length,
      rowsSha256: await rowsSha256(covered),
      previousSha256: previous ? await sha256(previous) : null,
      sealedAt: "2026-11-24T10:00:00.000Z",
    };
    seals.push(await sign(SEAL, seal, keys));
  }
  writeFileSync(at("audit.sql"), exportOf(rows, seals));
  writeFileSync(
    at("edited.sql"),
    exportOf(
      rows.map((record) => (record.sequence === 4 ? { ...record, proof: "approval_page" } : record)),
      seals,
    ),
  );
  writeFileSync(at("decided.sql"), exportOf(rows, seals, [{ ...decision, decision_kind: "accept_upsell_follow_up" }]));
  writeFileSync(at("gone.sql"), exportOf(rows, seals, []));
  writeFileSync(at("cut.sql"), exportOf(rows.slice(0, 2), seals.slice(0, 1)));
  writeFileSync(at("head.jws"), `${seals.at(-1)}\n`);
  writeFileSync(at("keys.json"), JSON.stringify(await keys.published()));
  writeFileSync(at("other.json"), JSON.stringify(await openSigningKeys(openSecrets(["another secret"])).published()));
  writeFileSync(at("none.sql"), "CREATE TABLE other (x TEXT);");
});
afterAll(() => rmSync(folder, { recursive: true }));

const named = (args: readonly string[]) => args.map((arg) => (/\.(sql|jws|json)$/.test(arg) ? at(arg) : arg));

test("an audit as it was sealed is told in words, and for machines", async () => {
  const args = named(["audit.sql", "--jwks", "keys.json", "--head", "head.jws"]);
  const { code, out } = await run(...args);
  expect(code, out).toBe(0);
  for (const words of [
    "the-owner: AS IT WAS SEALED",
    "Sealed rows: 3",
    "by seal 2",
    "scheduled run: 1",
    "held against the audit: 1",
  ]) {
    expect(out).toContain(words);
  }
  expect(out).not.toContain("No head was given");
  expect((await run(...args.slice(0, 3))).out).toContain("No head was given");
  expect(JSON.parse((await run(...args, "--json")).out)).toMatchObject([
    { owner: "the-owner", faults: [], sealedRows: 3, unsealedRows: 1, rowsBeside: 1, latest: { number: 2 } },
  ]);
});

test.each([
  ["an edited row", ["edited.sql", "--jwks", "keys.json"], "TAMPERED WITH\n  - Rows 3 to 4"],
  [
    "an edited decision",
    ["decided.sql", "--jwks", "keys.json"],
    "checkout_post_purchase_decisions: the row post-purchase-decision-1 is not as row 2 of the audit has it",
  ],
  [
    "a deleted decision",
    ["gone.sql", "--jwks", "keys.json"],
    "the row that row 2 of the audit tells of, post-purchase-decision-1, is gone",
  ],
  [
    "an end that was cut off",
    ["cut.sql", "--jwks", "keys.json", "--head", "head.jws"],
    "The end of the audit is missing",
  ],
  ["another server's keys", ["audit.sql", "--jwks", "other.json"], "Seal 1: It was signed with a key"],
  ["a head that is none", ["audit.sql", "--jwks", "keys.json", "--head", "keys.json"], "The head: This is no seal"],
  ["an export of something else", ["none.sql", "--jwks", "keys.json"], "This is no export of the audit"],
  ["a file that is no export", ["keys.json", "--jwks", "keys.json"], "This is no export of the audit"],
  ["a folder", [".", "--jwks", "keys.json"], "is no file that can be read"],
  ["a file that is not there", ["nothing.sql", "--jwks", "keys.json"], "There is no file"],
  ["no keys to check against", ["audit.sql"], "--jwks"],
  ["a file beside --local", ["audit.sql", "--local"], "npm run audit:verify -- --local"],
])("%s fails, and says so", async (_, args, words) => {
  const { code, out } = await run(...named(args));
  expect(out).toContain(words);
  // A call that does not fit says nothing of what it was to check.
  expect(code).toBe(/no file|--jwks|--local/.test(words) ? 2 : 1);
});
