import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { idAt, MANY, manyOffers, OFF_SALE } from "../support/many-offers.ts";

interface Section {
  readonly offer: { readonly id: string };
  readonly offers: readonly {
    readonly id: string;
    readonly orderBumps: readonly { readonly id: string }[];
  }[];
}

describeInWorld("the document of a business of many offers", { business: manyOffers }, (world) => {
  const section = async () => (await world.read("commerce://source-data/sandboxCheckout")).sandboxCheckout as Section;

  test("names every offer on sale, in the order of the list, with its bumps", async () => {
    const { offer, offers } = await section();
    expect(offer.id).toBe("sandbox-launch-pass");
    const off = new Set<number>(Object.values(OFF_SALE));
    const places = Array.from({ length: MANY }, (_, index) => index + 1).filter((place) => !off.has(place));
    expect(offers.map(({ id }) => id)).toEqual(["sandbox-launch-pass", ...places.map(idAt)]);
    expect(offers.find(({ id }) => id === idAt(10))).toEqual({
      id: idAt(10),
      name: `Name of ${idAt(10)}`,
      summary: `What ${idAt(10)} is.`,
      amountCents: 109,
      currency: "jpy",
      mode: "sandbox",
      orderBumps: [1, 2].map((n) => ({
        id: `bump-${n}-of-${idAt(10)}`,
        name: `Name of bump-${n}-of-${idAt(10)}`,
        amountCents: 219 + n,
        currency: "jpy",
      })),
    });
  });

  test("its first offer is the first on sale, also in the document of the affiliates", async () => {
    await world.all("UPDATE commerce_prices SET active = 0 WHERE id = 'price-bumpgrade-sandbox-launch-pass-usd'");
    await world.all("UPDATE stack_offers SET stripe_mode = 'live' WHERE offer_stack_id = ?", `stack-${idAt(1)}`);
    expect((await section()).offer.id).toBe(idAt(1));
    world.restart({ STRIPE_MAX_MODE: "live" });
    expect(await world.read("commerce://affiliates/source-data")).toMatchObject({
      commissionLedgerWrites: { confirmationText: expect.stringMatching(/ live checkout$/) },
    });
  });
});
