import { type AuditVerdict, verifyAudit } from "../../src/audit/verify.ts";
import type { SealedRows } from "../../src/audit/verify-rows.ts";
import { SEALED_TABLES } from "../../src/db/schema/sealed-tables.ts";
import type { RowRecord } from "../../src/db/sealed-rows.ts";
import { publicKeysOf } from "../../src/signing/public-key.ts";
import type { World } from "./world.ts";

/** The business of the stories. */
const OWNER = "user-bumpgrade-owner";
/** Where its newest seal is kept. */
export const HEAD = `audit-head/${OWNER}.jws`;

/** What `npm run audit:verify` finds in the database as it is, with the published keys and this head. */
export async function auditVerdict(world: World, head: string | undefined): Promise<AuditVerdict> {
  const keys = publicKeysOf(await (await world.fetch("/.well-known/commerce-receipts.json")).json());
  const beside = SEALED_TABLES.map(async ({ table }) => [table, await world.all<RowRecord>(`SELECT * FROM ${table}`)]);
  const seals = await world.all<{ seal: string }>("SELECT seal FROM audit_seals ORDER BY number");
  const found = {
    owner: OWNER,
    rows: await world.all<RowRecord>("SELECT * FROM payment_audit_events"),
    beside: Object.fromEntries(await Promise.all(beside)) as SealedRows,
    seals: seals.map(({ seal }) => seal),
    head,
  };
  return verifyAudit(found, keys);
}
