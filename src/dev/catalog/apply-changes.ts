import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { randomIds } from "../../base/ids.ts";
import { paymentAuditEvents } from "../../db/schema/index.ts";
import type { Business } from "../seeds/business-shape.ts";
import { type CatalogStatement, insertNew } from "../seeds/statement.ts";
import { type Comparison, compare, isSame } from "./compare.ts";
import type { CatalogDatabase } from "./database.ts";

/** What an apply did. */
export interface Applied {
  readonly comparison: Comparison;
  /** Of its row in the audit; undefined where nothing changed. */
  readonly auditCorrelationId: string | undefined;
}

/**
 * Brings a database to the files of a business, in one transaction with its row in the audit. Files that it has already change
 * nothing and write no row.
 */
export async function applyBusiness(database: CatalogDatabase, business: Business, now: number): Promise<Applied> {
  return applyComparison(await compare(database, business, now), database, business, now);
}

/** `applyBusiness` for a comparison that was made before, and may have been shown to a person. */
export async function applyComparison(
  comparison: Comparison,
  database: CatalogDatabase,
  business: Business,
  now: number,
): Promise<Applied> {
  if (isSame(comparison)) return { comparison, auditCorrelationId: undefined };
  const audit = await auditOf(comparison, business, now);
  await database.run([...comparison.statements, audit.statement]);
  return { comparison, auditCorrelationId: audit.correlationId };
}

/** The statement that notes an apply in the audit: how many rows, and the digest of the files. */
export async function auditOf(
  { added, changed, leaving }: Pick<Comparison, "added" | "changed" | "leaving">,
  business: Business,
  now: number,
): Promise<{ readonly statement: CatalogStatement; readonly correlationId: string }> {
  const { ownerUserId } = business.files.business;
  const digest = await sha256(canonicalJson(business));
  const correlationId = randomIds.next("audit");
  const counts = `${added.length} rows added, ${changed.length} changed, ${leaving.length} taken off sale`;
  const statement = insertNew(paymentAuditEvents, {
    id: randomIds.next("audit-event"),
    ownerUserId,
    eventKind: "catalog_applied",
    actorKind: "operator_cli",
    summary: `The catalog was brought to its files: ${counts}`,
    subjectId: `catalog-${digest.slice(0, 16)}`,
    auditCorrelationId: correlationId,
    metadataJson: JSON.stringify({
      filesSha256: digest,
      added: String(added.length),
      changed: String(changed.length),
      leaving: String(leaving.length),
    }),
    createdAt: now,
  });
  return { statement, correlationId };
}
