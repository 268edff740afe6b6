import { nextVersion } from "../../base/time.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import { moveEntitlement } from "../../db/purchases.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import type { Deciding } from "./decision.ts";
import { grantAudit, grantWrites } from "./grant.ts";
import { entitlementStatus, type Standing } from "./standing.ts";

/** Grants what became payable for, and moves what is granted to where the facts and the policy put it. */
export function accessChanges(
  { standing, grantedBefore }: { standing: Standing; grantedBefore: boolean },
  { known, intent, source, now, ctx }: Deciding,
): Changes {
  const writes: Query[] = [];
  const audit: AuditEntry[] = [];
  for (const grant of known.grants) {
    const status = entitlementStatus(standing, grant);
    const existing = known.entitlements.find((row) => row.entitlementTemplateId === grant.map.entitlementTemplateId);
    // What the catalog came to give after a purchase is not given by a later event of that purchase.
    if (!existing && standing.granted && !grantedBefore) {
      writes.push(...grantWrites(grant, { intent, source, status, now, ctx }));
      audit.push(grantAudit(grant, intent, status));
    }
    if (existing && existing.status !== status) {
      const updatedAt = nextVersion(existing.updatedAt, now);
      const revokedAt = status === "inactive" ? updatedAt : null;
      writes.push(...moveEntitlement(ctx, existing, { status, updatedAt, revokedAt }));
      audit.push({
        eventKind: "product_entitlement_status_changed",
        subjectId: existing.id,
        subjectStatus: status,
        summary: `Access became ${status} by what Stripe reported.`,
      });
    }
  }
  return { writes, audit };
}
