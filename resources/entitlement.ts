import { notFound } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { revocationContract } from "../src/commerce/access/contract.ts";
import { orderText } from "../src/commerce/checkout/order-text.ts";
import { entitlementById, purchaseOf } from "../src/db/entitlements.ts";
import { publicRow } from "../src/db/public-row.ts";
import { openIntentOf } from "../src/db/revocation-intents.ts";
import { productEntitlements } from "../src/db/schema/index.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** One entitlement, and the open intent to remove it where there is one. */
export const entitlement = defineResource({
  name: "entitlement",
  uri: "commerce://entitlements/{id}",
  title: "Entitlement",
  description:
    "One entitlement: status, updatedAt, any open revocation intent, and the exact text for record_revocation_intent.",
  part: "access",
  readers: ["owner:read"],
  load: ({ params, ctx }) => ({
    entitlement: entitlementById(ctx, params.id ?? ""),
    open: openIntentOf(ctx, params.id ?? ""),
    purchase: purchaseOf(ctx, params.id ?? ""),
  }),
  present({ rows }) {
    const [row] = rows.entitlement;
    const [open] = rows.open;
    if (!row) throw notFound("uri");
    return {
      ...publicRow(productEntitlements, row),
      // Names that a person recognises, beside the ids.
      accessTo: rows.purchase[0]?.productName ?? row.productId,
      boughtWith: orderText(rows.purchase, rows.purchase[0]?.boughtAt ?? row.grantedAt),
      updatedAt: isoTime(row.updatedAt),
      ...(open && { openRevocationIntentId: open.revocationIntentId }),
      confirmationText: revocationContract.confirmation(),
    };
  },
});
