import { isoTime } from "../../base/time.ts";
import { publicRow } from "../../db/public-row.ts";
import type { RevocationRow } from "../../db/revocation-intents.ts";
import { productEntitlementRevocationIntents } from "../../db/schema/index.ts";

export const entitlementUri = (id: string) => `commerce://entitlements/${encodeURIComponent(id)}`;

/** An intent's public fields; a withdrawal has the id of the intent that it closes. The buyer stays private. */
export function revocationIntentFields(row: RevocationRow): Record<string, unknown> {
  return {
    ...publicRow(productEntitlementRevocationIntents, row),
    ...(row.closesIntentId !== null && { closesIntentId: row.closesIntentId }),
    updatedAt: isoTime(row.updatedAt),
  };
}
