import { beforeAll, expect, test } from "vitest";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors } from "../support/doors.ts";
import { boundaries, type Sale, sale, versionOf } from "../support/sale.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const TEXT = "Record non-billing post-purchase decision for Bumpgrade checkout";
const UPSELL = "offer-upsell-launch-accelerator";
const DOWNSELL = "offer-downsell-launch-review";

const decisions = (world: World) => world.all("SELECT * FROM checkout_post_purchase_decisions ORDER BY created_at");

describeConfirmedWrite(recordPostPurchaseDecision, {
  actor: BUYER,
  other: OWNER,
  async ready(world, person) {
    const { checkoutIntentId, updatedAt } = await sale(world, { person });
    const input = { checkoutIntentId, decisionKind: "decline_upsell", presentedOfferId: UPSELL };
    return { input, confirmationText: TEXT, expectedUpdatedAt: updatedAt };
  },
  otherInput: () => ({ decisionKind: "accept_upsell_follow_up" }),
  absent: (input) => ({ ...input, checkoutIntentId: "checkout-intent-absent" }),
  foreign: async (world, input) => {
    const { checkoutIntentId } = await sale(world, { person: OWNER });
    return { ...input, checkoutIntentId };
  },
  async move(world, { checkoutIntentId }) {
    await world.all("UPDATE checkout_intents SET updated_at = updated_at + 1 WHERE id = ?", checkoutIntentId);
  },
  effects: async (world) => (await decisions(world)).length,
  result: [
    "decisionId",
    "checkoutIntentId",
    "offerStackId",
    "presentedOfferId",
    "decisionKind",
    "checkoutStatus",
    "checkoutUpdatedAt",
    "actorKind",
    "createdAt",
    "updatedAt",
    "billingMutationCreated",
  ],
  audit: ["post_purchase_non_billing_decision_recorded"],
  trips: { first: 2, replay: 1 },
});

describeInWorld("record_post_purchase_decision", {}, (world) => {
  let doors: Doors;
  let keys = 0;
  beforeAll(async () => {
    doors = await bearerDoors(world, recordPostPurchaseDecision, BUYER);
  });

  const answer = async ({ checkoutIntentId }: Pick<Sale, "checkoutIntentId">, decisionKind: string, offer: string) =>
    doors.http({
      checkoutIntentId,
      decisionKind,
      presentedOfferId: offer,
      confirmationText: TEXT,
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey: `decision-${++keys}`,
    });
  const refused = async (sold: Sale, kind: string, offer: string) => {
    const { code, body } = await unchanged(world, () => answer(sold, kind, offer));
    return [code, body.detail];
  };

  test("offers come in order, each has one answer, and nothing is billed", async () => {
    const sold = await sale(world);
    const before = await boundaries(world);
    expect((await refused(sold, "decline_downsell", DOWNSELL))[0]).toBe("ineligible_state");
    const first = await answer(sold, "decline_upsell", UPSELL);
    expect(first.body.result).toMatchObject({
      checkoutStatus: "paid",
      checkoutUpdatedAt: sold.updatedAt,
      updatedAt: await versionOf(world, sold.checkoutIntentId),
      actorKind: "oauth_client",
      billingMutationCreated: false,
    });
    expect(await refused(sold, "accept_upsell_follow_up", UPSELL)).toEqual([
      "ineligible_state",
      `The offer that waits for an answer is ${DOWNSELL}.`,
    ]);
    expect((await answer(sold, "accept_downsell_follow_up", DOWNSELL)).code).toBeUndefined();
    expect(await refused(sold, "decline_downsell", DOWNSELL)).toEqual([
      "ineligible_state",
      "Every offer that was open to this checkout has its answer.",
    ]);
    expect(await boundaries(world)).toEqual(before);
  });

  test("after a yes to the upsell there is no downsell", async () => {
    const sold = await sale(world);
    expect((await answer(sold, "accept_upsell_follow_up", UPSELL)).code).toBeUndefined();
    expect((await refused(sold, "decline_downsell", DOWNSELL))[0]).toBe("ineligible_state");
  });

  test("a kind that answers another offer, an offer of no stack, and a word of no vocabulary are refused", async () => {
    const sold = await sale(world);
    expect((await refused(sold, "decline_downsell", UPSELL))[0]).toBe("invalid_input");
    expect((await refused(sold, "decline_upsell", DOWNSELL))[0]).toBe("invalid_input");
    for (const offer of ["sandbox-launch-pass", "offer-of-nobody"]) {
      expect((await refused(sold, "decline_upsell", offer))[0]).toBe("not_found");
    }
    expect((await refused(sold, "accept_everything", UPSELL))[0]).toBe("invalid_input");
  });

  test.each(["none", "failed"] as const)("a checkout with the outcome %s has nothing to answer", async (outcome) => {
    const sold = await sale(world, { outcome });
    expect(await refused(sold, "decline_upsell", UPSELL)).toEqual([
      "ineligible_state",
      "The checkout has to be paid or completed.",
    ]);
  });

  test("completed and not yet paid can answer, and each window closes from its own start", async () => {
    const completed = await sale(world, { outcome: "delayed" });
    expect((await answer(completed, "decline_upsell", UPSELL)).body.result).toMatchObject({
      checkoutStatus: "completed",
    });
    const [late, paid] = [await sale(world, { outcome: "delayed" }), await sale(world)];
    await world.advance(31 * 60);
    for (const sold of [completed, late, paid]) {
      const [kind, offer] = sold === completed ? ["decline_downsell", DOWNSELL] : ["decline_upsell", UPSELL];
      expect(await refused(sold, String(kind), String(offer))).toEqual([
        "ineligible_state",
        "The time in which the offers could be answered is over.",
      ]);
    }
    await world.all("UPDATE offer_stacks SET decision_window_minutes = NULL");
    expect((await answer(paid, "decline_upsell", UPSELL)).code).toBeUndefined();
    await world.all("UPDATE offer_stacks SET decision_window_minutes = 30");
  });

  test("of 20 answers at once to one version, one counts and the others are stale", async () => {
    const { checkoutIntentId, updatedAt } = await sale(world);
    const before = (await decisions(world)).length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? doors.http : doors.mcp)({
          checkoutIntentId,
          decisionKind: index % 3 ? "decline_upsell" : "accept_upsell_follow_up",
          presentedOfferId: UPSELL,
          confirmationText: TEXT,
          expectedUpdatedAt: updatedAt,
          idempotencyKey: `racer-${index}`,
        }),
      ),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "stale_state")).toHaveLength(19);
    expect(await decisions(world)).toHaveLength(before + 1);
  });

  test("the published totals are the rows", async () => {
    const counted = await world.all(
      "SELECT offer_stack_id, presented_offer_id, decision_kind, count(*) AS total_decisions, max(created_at) AS last_created_at FROM checkout_post_purchase_decisions GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    );
    const kept = await world.all(
      "SELECT offer_stack_id, presented_offer_id, decision_kind, total_decisions, last_created_at FROM post_purchase_decision_totals ORDER BY 1, 2, 3",
    );
    expect(kept).toEqual(counted);
    const { postPurchaseDecisions } = await world.read("commerce://source-data/postPurchaseDecisions");
    const published = JSON.stringify(postPurchaseDecisions);
    for (const row of kept) expect(published).toContain(`"total_decisions":${row.total_decisions}`);
  });

  test("the checkout says which offer waits and with which words it is answered", async () => {
    const sold = await sale(world);
    const reader = await world.token(BUYER, "mcp", ["checkout:write"]);
    const { connect } = await import("../support/mcp.ts");
    const client = await connect({ send: world.send, url: "https://app.test/mcp", token: reader });
    const [content] = (await client.readResource({ uri: `commerce://checkouts/${sold.checkoutIntentId}` })).contents;
    const checkout = JSON.parse((content as { text: string }).text);
    expect(checkout).toMatchObject({
      presentedOffer: {
        presentedOfferId: UPSELL,
        amountCents: 19900,
        currency: "usd",
        decisionKinds: ["accept_upsell_follow_up", "decline_upsell"],
      },
      decisionConfirmationText: TEXT,
    });
    expect(JSON.stringify(checkout)).not.toContain(sold.token);
  });
});
