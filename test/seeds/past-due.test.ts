import { expect, test } from "vitest";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { businessFileShapes } from "../../src/dev/seeds/business-shape.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { bundledBusiness } from "../support/bundled-seeds.ts";
import { migratedDatabase } from "./seeded-database.ts";

/** The business, whose first plan says this about late payments. */
function withPastDue(pastDue: unknown): Business {
  const business = bundledBusiness();
  const [first, ...others] = business.files.plans.plans;
  const plans = businessFileShapes.plans.parse({ plans: [{ ...first, pastDue }, ...others] });
  return { ...business, files: { ...business.files, plans } };
}

test("what a late payment does to a plan is data of its seeds", async () => {
  const { binding } = await migratedDatabase();
  const days = async (pastDue: unknown) => {
    const business = withPastDue(pastDue);
    await loadBusiness(binding, business, 0);
    const { results } = await binding
      .prepare(
        "SELECT past_due_keeps_days AS days, on_refund_in_full AS refund FROM access_policies WHERE product_id = ?",
      )
      .bind(business.files.plans.plans[0]?.productId ?? "")
      .all<{ days: number | null; refund: string }>();
    return results;
  };
  const [before] = await days(undefined);
  expect(before?.days ?? null).toBeNull();
  expect(await days({ keeps: 60 })).toMatchObject([{ days: 60 }]);
  expect(await days({ keeps: 1 })).toMatchObject([{ days: 1, refund: before?.refund ?? "deactivate" }]);
  expect(await days("ends")).toMatchObject([{ days: null }]);
  for (const pastDue of [
    { keeps: 0 },
    { keeps: 61 },
    { keeps: 1.5 },
    { keeps: "7" },
    "keeps",
    {},
    { keeps: 7, ends: true },
  ]) {
    expect(() => withPastDue(pastDue)).toThrow();
  }
});
