import { expect, test } from "vitest";
import { evidence } from "../support/evidence.ts";
import { sale } from "../support/sale.ts";
import { createWorld } from "../support/world.ts";
import { multiplyPurchases } from "./many-purchases.ts";

/**
 * A purchase with the bump, referred, paid and answered by all its events, as this database keeps it. The indexes of the
 * owner's lists and searches cost about 100 bytes each, 900 in all; the payer and the mails of an order have room here.
 */
const MOST_BYTES = 26_000;

test("a purchase takes so many bytes of the database, and no more", async () => {
  const world = await createWorld();
  await sale(world, { bump: true, referred: true });
  await evidence(world);
  const size = async () => (await world.db.prepare("SELECT 1").run()).meta.size_after;
  const checkouts = async () => (await world.all("SELECT id FROM checkout_intents")).length;
  await multiplyPurchases(world, 500);
  const [before, few] = [await size(), await checkouts()];
  await multiplyPurchases(world, 5_000);
  const bytes = Math.round(((await size()) - before) / ((await checkouts()) - few));
  console.log(`${bytes} bytes of the database a purchase: ${Math.floor(10 ** 10 / bytes)} purchases in 10 GB`);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
