import { beforeAll, expect, test } from "vitest";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors } from "../support/doors.ts";
import { boundaries, type Sale, sale, versionOf } from "../support/sale.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const TEXT = "Create review-only commission evidence for Bumpgrade sandbox checkout";

const entries = (world: World) => world.all("SELECT * FROM affiliate_commission_ledger_entries");

describeConfirmedWrite(createCommissionEvidence, {
  actor: BUYER,
  other: OWNER,
  async ready(world, person) {
    const { checkoutIntentId, updatedAt } = await sale(world, { person, referred: true });
    return { input: { checkoutIntentId }, confirmationText: TEXT, expectedUpdatedAt: updatedAt };
  },
  otherInput: () => ({ checkoutIntentId: "checkout-intent-other" }),
  absent: () => ({ checkoutIntentId: "checkout-intent-absent" }),
  foreign: async (world) => ({
    checkoutIntentId: (await sale(world, { person: OWNER, referred: true })).checkoutIntentId,
  }),
  async move(world, { checkoutIntentId }) {
    await world.all("UPDATE checkout_intents SET updated_at = updated_at + 1 WHERE id = ?", checkoutIntentId);
  },
  effects: async (world) => (await entries(world)).length,
  result: [
    "commissionLedgerId",
    "checkoutIntentId",
    "referralAttributionId",
    "referralClickId",
    "referralLinkId",
    "partnerId",
    "grossSaleCents",
    "commissionCents",
    "ledgerStatus",
    "reviewStatus",
    "payoutStatus",
    "updatedAt",
  ],
  audit: ["affiliate_commission_ledger_review_only_created"],
  trips: { first: 2, replay: 1 },
});

describeInWorld("create_commission_evidence", {}, (world) => {
  let doors: Doors;
  let keys = 0;
  beforeAll(async () => {
    doors = await bearerDoors(world, createCommissionEvidence, BUYER);
  });

  const record = async ({ checkoutIntentId }: Sale) =>
    doors.http({
      checkoutIntentId,
      confirmationText: TEXT,
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey: `evidence-${++keys}`,
    });
  const refused = async (sold: Sale) => {
    const { code, body } = await unchanged(world, () => record(sold));
    expect(code).toBe("ineligible_state");
    return body.detail;
  };

  test("each line has its own rate, and nothing becomes payable", async () => {
    const [plain, bumped] = [await sale(world, { referred: true }), await sale(world, { referred: true, bump: true })];
    const before = await boundaries(world);
    expect((await record(plain)).body.result).toMatchObject({ grossSaleCents: 900, commissionCents: 270 });
    const { body } = await record(bumped);
    expect(body.result).toMatchObject({
      grossSaleCents: 2800,
      commissionCents: 460,
      referralLinkId: "ref-link-launch-circle-waitlist",
      partnerId: "affiliate-partner-launch-circle",
      ledgerStatus: "review_only",
      reviewStatus: "refund_window_open",
      payoutStatus: "not_payable",
    });
    expect(await boundaries(world)).toEqual(before);
    const { commissionLedgerId } = body.result as { commissionLedgerId: string };
    const [row] = await world.all("SELECT * FROM affiliate_commission_ledger_entries WHERE id = ?", commissionLedgerId);
    expect(row).toMatchObject({
      source_checkout_status: "paid",
      refund_window_days: 14,
      reversible_until: Number(row?.created_at) + 14 * 86_400_000,
      commission_rule_ids_json: '["commission-rule-launch-pass-30","commission-rule-checklist-bump-10"]',
    });
    expect(await refused(bumped)).toContain(commissionLedgerId);
  });

  test("an open and a completed checkout can have evidence, and it keeps their state", async () => {
    for (const [outcome, status] of [
      ["none", "open"],
      ["delayed", "completed"],
    ] as const) {
      const sold = await sale(world, { referred: true, outcome });
      expect((await record(sold)).code).toBeUndefined();
      const [row] = await world.all(
        "SELECT source_checkout_status FROM affiliate_commission_ledger_entries WHERE checkout_intent_id = ?",
        sold.checkoutIntentId,
      );
      expect(row).toEqual({ source_checkout_status: status });
    }
  });

  test.each(["failed", "expired", "canceled", "blocked", "refunded", "disputed"])(
    "a checkout that is %s has none",
    async (status) => {
      const sold = await sale(world, { referred: true });
      await world.all("UPDATE checkout_intents SET status = ? WHERE id = ?", status, sold.checkoutIntentId);
      expect(await refused(sold)).toContain(status);
    },
  );

  test("neither has one without an attribution, or at prices without a rate in the partner's program", async () => {
    expect(await refused(await sale(world))).toBe("The checkout has no referral attribution.");
    const sold = await sale(world, { referred: true });
    await world.all(
      "INSERT INTO affiliate_programs (id, owner_user_id, slug, status, updated_at) SELECT 'another-program', owner_user_id, 'another', status, updated_at FROM affiliate_programs LIMIT 1",
    );
    await world.all("UPDATE commission_rules SET program_id = 'another-program'");
    expect(await refused(sold)).toBe("No price of the checkout has a commission rate.");
    await world.all("UPDATE commission_rules SET program_id = 'affiliate-program-indie-launch-partners'");
    expect((await record(sold)).code).toBeUndefined();
  });

  test("of 20 calls at once with keys of their own, one records", async () => {
    const { checkoutIntentId, updatedAt } = await sale(world, { referred: true });
    const before = (await entries(world)).length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? doors.http : doors.mcp)({
          checkoutIntentId,
          confirmationText: TEXT,
          expectedUpdatedAt: updatedAt,
          idempotencyKey: `racer-${index}`,
        }),
      ),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "ineligible_state")).toHaveLength(19);
    expect(await entries(world)).toHaveLength(before + 1);
  });

  test("the published totals are the rows", async () => {
    const group = "referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status";
    expect(
      await world.all(
        `SELECT ${group}, total_ledgers, total_source_checkout_amount_cents, total_commission_cents, last_created_at FROM commission_ledger_totals`,
      ),
    ).toEqual(
      await world.all(
        `SELECT ${group}, count(*) AS total_ledgers, sum(source_checkout_amount_cents) AS total_source_checkout_amount_cents,
         sum(commission_cents) AS total_commission_cents, max(created_at) AS last_created_at FROM affiliate_commission_ledger_entries GROUP BY ${group}`,
      ),
    );
  });
});
