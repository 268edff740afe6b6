import { expect, test } from "vitest";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { businessFileShapes } from "../../src/dev/seeds/business-shape.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { bundledBusiness } from "../support/bundled-seeds.ts";
import { migratedDatabase } from "./seeded-database.ts";

/** The business, whose first plan says this about late payments, and nothing about money that goes back. */
function withPastDue(pastDue: unknown): Business {
  const business = bundledBusiness();
  const [first, ...others] = business.files.plans.plans;
  const plans = businessFileShapes.plans.parse({ plans: [{ ...first, moneyBack: undefined, pastDue }, ...others] });
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
  expect(await days({ keeps: 7 })).toMatchObject([{ days: 7 }]);
  expect(await days(undefined)).toEqual([{ days: null, refund: "deactivate" }]);
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

test("what the seeds no longer say about money that goes back returns to its default", async () => {
  const { binding } = await migratedDatabase();
  const moneyBack = { onRefundInFull: "keep", onDisputeOpen: "deactivate", onDisputeLost: "keep" } as const;
  /** The policies after the seeds say this about each product that gives access. */
  const policies = async (said: typeof moneyBack | undefined) => {
    const business = bundledBusiness();
    const { plans, "access-catalog": access } = business.files;
    const saying = <T extends object>(rows: readonly T[]) => rows.map((row) => ({ ...row, moneyBack: said }));
    const files = {
      ...business.files,
      plans: { plans: saying(plans.plans) },
      "access-catalog": { ...access, products: saying(access.products) },
    };
    await loadBusiness(binding, { ...business, files }, 0);
    const { results } = await binding
      .prepare("SELECT DISTINCT on_refund_in_full, on_dispute_open, on_dispute_lost FROM access_policies")
      .all();
    return results;
  };
  expect(await policies(moneyBack)).toEqual([
    { on_refund_in_full: "keep", on_dispute_open: "deactivate", on_dispute_lost: "keep" },
  ]);
  expect(await policies(undefined)).toEqual([
    { on_refund_in_full: "deactivate", on_dispute_open: "keep", on_dispute_lost: "deactivate" },
  ]);
});
