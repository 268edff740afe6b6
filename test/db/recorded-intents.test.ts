import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { writeSealedRows } from "../support/sealed-rows.ts";

const TABLE = "product_entitlement_revocation_intents";

describeInWorld("a recorded or withdrawn intent", { story: true }, (world) => {
  test("never becomes the seeded readiness, which could be edited", async () => {
    await writeSealedRows(world);
    const rowsNow = () => world.all<{ id: string; status: string }>(`SELECT * FROM ${TABLE} ORDER BY id`);
    const before = await rowsNow();
    const recorded = before.filter(({ status }) => status !== "revocation_intent_ready");
    expect(new Set(recorded.map(({ status }) => status)).size).toBe(2);
    for (const { id } of recorded) {
      const sql = `UPDATE ${TABLE} SET status = 'revocation_intent_ready', closes_intent_id = NULL WHERE id = ?`;
      await expect(world.all(sql, id), id).rejects.toThrow("append-only");
    }
    expect(await rowsNow()).toEqual(before);
  });
});
