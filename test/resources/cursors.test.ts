import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { sale } from "../support/sale.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

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
    const token = await world.token(OWNER, "mcp", ["owner:read"]);
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const read = async (uri: string) => {
      const { content } = await client.callTool({ name: "read_commerce", arguments: { uri } });
      return JSON.parse((content as { text: string }[])[0]?.text ?? "{}") as {
        code?: string;
        content?: { nextUri: string };
      };
    };
    const { nextUri = "" } = (await read("commerce://entitlements")).content ?? {};
    expect((await read(nextUri)).code).toBeUndefined();
    for (const other of ["ledger-entries", "revocation-intents", "product-assets", "operations", "checkouts"]) {
      expect([other, (await read(nextUri.replace("entitlements", other))).code]).toEqual([other, expect.any(String)]);
    }
  });
});
