import { expect, test } from "vitest";
import { ACCOUNT_BOUNDS } from "../../src/base/bounds.ts";
import { wantedNow } from "../../src/db/sold-mode.ts";
import type { Store } from "../../src/db/store.ts";
import { databaseWithStory } from "../seeds/seeded-database.ts";

test("the wanted mode is that of the checkout's offer, whatever columns the offers' table has", async () => {
  const { binding, db, business } = await databaseWithStory();
  const { ownerUserId } = business.files.business;
  const store: Store = {
    db,
    ownerUserId,
    maxMode: "sandbox",
    accountBounds: ACCOUNT_BOUNDS,
    clock: { now: () => 0 },
    ids: { next: (kind: string) => kind },
  };
  await binding.exec("ALTER TABLE stack_offers ADD COLUMN offer_id TEXT");
  const [checkout] = (
    await binding.prepare("SELECT id FROM checkout_intents WHERE offer_id IS NOT NULL LIMIT 1").all<{ id: string }>()
  ).results;
  const { wanted } = await db.read({ wanted: wantedNow(store, checkout?.id ?? "") });
  expect(wanted).toEqual([{ mode: "sandbox" }]);
});
