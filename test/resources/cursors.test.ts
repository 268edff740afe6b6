import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { readAs } from "../support/read-as.ts";
import { sale } from "../support/sale.ts";
import { OWNER } from "../support/world.ts";

const COPIED =
  "owner_user_id, product_id, access_rule_id, checkout_intent_id, grant_kind, source_price_id, source_commerce_product_id";

describeInWorld("a cursor of the owner's lists", {}, (world) => {
  test("is of its own list", async () => {
    await sale(world);
    for (let made = 0; made < 60; made++) {
      await world.all(
        `INSERT INTO product_entitlements (id, entitlement_template_id, granted_at, updated_at, ${COPIED})
         SELECT 'filler-' || ?, 'template-' || ?, 1000, 1, ${COPIED} FROM product_entitlements WHERE id NOT LIKE 'filler-%'`,
        made,
        made,
      );
    }
    const read = (uri: string) => readAs(world, OWNER, uri, ["owner:read"]);
    const nextUri = String((await read("commerce://entitlements")).nextUri);
    expect(await read(nextUri)).toHaveProperty("items");
    for (const other of ["ledger-entries", "revocation-intents", "product-assets", "operations", "checkouts"]) {
      await expect(read(nextUri.replace("entitlements", other)), other).rejects.toThrow("not_found");
    }
  });
});
