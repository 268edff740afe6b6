import type { World } from "./world.ts";

const COPIED =
  "owner_user_id, product_id, access_rule_id, checkout_intent_id, grant_kind, source_price_id, source_commerce_product_id";

/** Makes `copies` copies of an entitlement, three with the same `granted_at`, to fill a list of several pages. */
export async function copyEntitlement({ all }: World, entitlementId: string, copies: number): Promise<void> {
  for (let made = 0; made < copies; made++) {
    await all(
      `INSERT INTO product_entitlements (id, entitlement_template_id, granted_at, updated_at, ${COPIED})
       SELECT 'entitlement-copy-' || ?, 'template-' || ?, ?, 1, ${COPIED} FROM product_entitlements WHERE id = ?`,
      made,
      made,
      1000 + Math.floor(made / 3),
      entitlementId,
    );
  }
}
