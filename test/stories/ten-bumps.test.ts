import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { checkoutDoors, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { BUYER } from "../support/world.ts";

describeInWorld("ten order bumps with long ids", {}, (world) => {
  const letters = "abcdefghij".split("");
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world, BUYER);
    // The check of the catalog refuses such ids. Rows that came another way can still be sold.
    for (const letter of letters) {
      const priceId = `price-${letter.repeat(62)}`;
      await world.db.exec(
        `INSERT INTO commerce_prices (id, owner_user_id, product_id, nickname, currency, unit_amount_cents, billing_interval, active, confirmation_name, created_at, updated_at) SELECT '${priceId}', owner_user_id, product_id, nickname, currency, 100, billing_interval, active, 'Guide ${letter}', created_at, updated_at FROM commerce_prices WHERE id = 'price-launch-checklist-bump-usd'`,
      );
      await world.db.exec(
        `INSERT INTO stack_offers (id, owner_user_id, offer_stack_id, public_offer_id, role, position, product_id, price_id, name, summary, status, stripe_mode, updated_at) SELECT 'bump-${letter}', owner_user_id, offer_stack_id, 'bump-${letter}', role, ${100 + letters.indexOf(letter)}, product_id, '${priceId}', 'Guide ${letter}', summary, status, stripe_mode, updated_at FROM stack_offers WHERE role = 'order_bump' AND price_id = 'price-launch-checklist-bump-usd'`,
      );
    }
  });

  test("are sold: Stripe's metadata holds all of them, in values that Stripe keeps", async () => {
    const call = await launchPassCall(world);
    const names = letters.map((letter) => `Guide ${letter}`);
    const listed = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
    const started = resultOf(
      await doors.mcp({
        ...call,
        orderBumpIds: letters.map((letter) => `bump-${letter}`),
        confirmationText: `Create checkout for Bumpgrade launch pass with ${listed} at 19.00 USD`,
      }),
    );
    expect(started).toMatchObject({ status: "open", amountCents: 1_900 });
    const { metadata } = await sessionBehind(world, started);
    const { selected_order_bump_price_ids: first, selected_order_bump_price_ids_2: second, ...rest } = metadata ?? {};
    expect([first?.split(",").length, second?.split(",").length]).toEqual([7, 3]);
    expect(`${first},${second}`).toBe(letters.map((letter) => `price-${letter.repeat(62)}`).join(","));
    expect(Object.keys(rest).sort()).toEqual(["checkout_intent_id", "price_id", "product_id"]);
  });

  test("a checkout with one bump, or none, has the one key of the document", async () => {
    for (const [bump, value] of [
      [true, "price-launch-checklist-bump-usd"],
      [false, undefined],
    ] as const) {
      const session = await sessionBehind(world, resultOf(await doors.http(await launchPassCall(world, { bump }))));
      expect(session.metadata?.selected_order_bump_price_ids).toBe(value);
      expect(Object.keys(session.metadata ?? {}).filter((key) => key.includes("bump"))).toHaveLength(bump ? 1 : 0);
    }
  });
});
