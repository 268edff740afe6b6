import { expect, test } from "vitest";
import { copyEntitlement } from "../support/copied-entitlements.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { readAs } from "../support/read-as.ts";
import { sale } from "../support/sale.ts";
import { OWNER } from "../support/world.ts";

describeInWorld("a cursor of the owner's lists", {}, (world) => {
  test("is of its own list", async () => {
    const { checkoutIntentId } = await sale(world);
    const [bought] = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    await copyEntitlement(world, bought?.id ?? "", 60);
    const read = (uri: string) => readAs(world, OWNER, uri, ["owner:read"]);
    const nextUri = String((await read("commerce://entitlements")).nextUri);
    expect(await read(nextUri)).toHaveProperty("items");
    for (const other of ["ledger-entries", "revocation-intents", "product-assets", "operations", "checkouts"]) {
      await expect(read(nextUri.replace("entitlements", other)), other).rejects.toThrow("not_found");
    }
  });
});
