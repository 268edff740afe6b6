import { expect, test } from "vitest";
import { evidence } from "../support/evidence.ts";
import { sale } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import { createWorld } from "../support/world.ts";
import { multiplyPurchases, sizeOf } from "./many-purchases.ts";

/**
 * A purchase with the bump, referred, paid and answered by all its events, as this database keeps it. The indexes of the
 * owner's lists and searches cost about 100 bytes each, 900 in all; the payer and the mails of an order have room here.
 */
const MOST_BYTES = 19_500;

test("a purchase takes so many bytes of the database, and no more", async ({ task }) => {
  const world = await createWorld();
  await sale(world, { bump: true, referred: true });
  await evidence(world);
  const checkouts = async () => (await world.all("SELECT id FROM checkout_intents")).length;
  // The first copies fill pages that were freed; what grows after them is the size of the rows.
  await multiplyPurchases(world, 500);
  const [before, few] = [await sizeOf(world.db), await checkouts()];
  const grown = new Map<string, number>();
  await multiplyPurchases(world, 5_000, { grown: (table, bytes) => grown.set(table, (grown.get(table) ?? 0) + bytes) });
  const made = (await checkouts()) - few;
  const each = (bytes: number) => Math.round(bytes / made);
  const bytes = each((await sizeOf(world.db)) - before);
  const tables = [...grown].map(([table, all]) => [table, each(all)] as const).filter(([, own]) => own > 0);
  const rows = tables.toSorted(([, one], [, other]) => other - one);
  console.log(`${bytes} bytes of the database a purchase: ${Math.floor(10 ** 10 / bytes)} purchases in 10 GB`);
  console.log(rows.map(([table, own]) => `${String(own).padStart(6)}  ${table}`).join("\n"));
  expect(bytes).toBeLessThan(MOST_BYTES);
  const told = rows.reduce((sum, [, own]) => sum + own, 0);
  expect(Math.abs(told - bytes)).toBeLessThan(bytes / 10);
  tell(task, "bytes", {
    values: { "bytes a purchase": bytes, "purchases in 10 GB": Math.floor(10 ** 10 / bytes) },
    tables: { "Bytes of a purchase by table, its indexes included": { columns: ["table", "bytes"], rows } },
  });
});
