import { beforeAll, expect, test } from "vitest";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { databaseState } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors, type Reply } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { hiddenFields, openBrowser } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { type Sale, sale, versionOf } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

/** Every confirmed write leaves these two; what else it touches is all that it does. */
const TRAIL = ["operations", "payment_audit_events"];

describeInWorld("what a write does, and what none does, as facts of the database", {}, (world) => {
  let sold: Sale;
  let callsOfTheSale: number;
  let agent: Record<"decide" | "record", Doors>;
  let owner: Record<"review" | "revoke", Doors>;
  beforeAll(async () => {
    sold = await sale(world, { referred: true, bump: true });
    callsOfTheSale = (await world.sandbox.calls()).length;
    agent = {
      decide: await bearerDoors(world, recordPostPurchaseDecision, BUYER),
      record: await bearerDoors(world, createCommissionEvidence, BUYER),
    };
    await lowerProofs(world);
    owner = {
      review: await bearerDoors(world, reviewCommissionEvidence, OWNER),
      revoke: await bearerDoors(world, recordRevocationIntent, OWNER),
    };
  });

  /** The tables that something changes. */
  const touched = async (run: () => Promise<unknown>): Promise<string[]> => {
    const before = await databaseState(world);
    await run();
    const after = await databaseState(world);
    return Object.keys(after).filter((table) => after[table] !== before[table]);
  };
  const succeeded = (answer: Reply): Record<string, string> => {
    expect(answer.code, answer.text).toBeUndefined();
    return answer.body.result as Record<string, string>;
  };

  test("from the first answer to the withdrawal, each writes its own rows and Stripe is never called", async () => {
    const { checkoutIntentId, token } = sold;
    expect(
      await touched(async () =>
        succeeded(
          await agent.decide.mcp({
            checkoutIntentId,
            decisionKind: "decline_upsell",
            presentedOfferId: "offer-upsell-launch-accelerator",
            confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
            expectedUpdatedAt: await versionOf(world, checkoutIntentId),
            idempotencyKey: "boundary",
          }),
        ),
      ),
    ).toEqual(
      ["checkout_intents", "checkout_post_purchase_decisions", ...TRAIL, "post_purchase_decision_totals"].sort(),
    );

    const browser = openBrowser(world.send, ORIGIN);
    const path = `/commerce/post-purchase/${token}`;
    const form = hiddenFields(await (await browser.get(path)).text(), path);
    expect(
      await touched(() =>
        browser.post(path, {
          ...form,
          decisionKind: "accept_downsell_follow_up",
          confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
        }),
      ),
    ).toEqual(
      // A yes also waits for the owner, and is told by mail.
      [
        "answer_follow_ups",
        "checkout_intents",
        "checkout_post_purchase_decisions",
        "mail_outbox",
        ...TRAIL,
        "post_purchase_decision_totals",
      ].sort(),
    );

    let entry: Record<string, string> = {};
    expect(
      await touched(async () => {
        entry = succeeded(
          await agent.record.http({
            checkoutIntentId,
            confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
            expectedUpdatedAt: await versionOf(world, checkoutIntentId),
            idempotencyKey: "boundary-evidence",
          }),
        );
      }),
    ).toEqual(["affiliate_commission_ledger_entries", "commission_ledger_totals", ...TRAIL].sort());

    for (const actionKind of ["mark_reviewed", "hold_for_review", "reverse_evidence"]) {
      expect(
        await touched(async () => {
          entry = succeeded(
            await owner.review.mcp({
              commissionLedgerId: entry.commissionLedgerId,
              actionKind,
              confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
              expectedUpdatedAt: entry.updatedAt,
              idempotencyKey: `boundary-${actionKind}`,
            }),
          );
        }),
      ).toEqual(
        [
          "affiliate_commission_ledger_actions",
          "affiliate_commission_ledger_entries",
          "commission_ledger_totals",
          "commission_review_totals",
          ...TRAIL,
        ].sort(),
      );
    }

    const [access] = await world.all<{ id: string; updated_at: number }>("SELECT * FROM product_entitlements");
    let intent: Record<string, string> = {};
    expect(
      await touched(async () => {
        intent = succeeded(
          await owner.revoke.mcp({
            entitlementId: access?.id,
            reasonCode: "refund_or_chargeback",
            confirmationText: "Record product access removal intent",
            expectedUpdatedAt: new Date(access?.updated_at ?? 0).toISOString(),
            idempotencyKey: "boundary-revocation",
          }),
        );
      }),
    ).toEqual(["open_revocation_intents", ...TRAIL, "product_entitlement_revocation_intents"].sort());

    const route = "/api/admin/products/revocation-intents";
    const { headers } = await ownerBrowser(world, route, OWNER);
    expect(await touched(() => world.fetch(`${route}/${intent.id}/withdraw`, { method: "POST", headers }))).toEqual([
      "open_revocation_intents",
      "payment_audit_events",
      "product_entitlement_revocation_intents",
    ]);

    expect(await world.sandbox.calls()).toHaveLength(callsOfTheSale);
  });

  test("nothing is payable, no intent can act, and only Stripe's word has given access", async () => {
    expect(await world.all("SELECT DISTINCT payout_status FROM affiliate_commission_ledger_entries")).toEqual([
      { payout_status: "not_payable" },
    ]);
    expect(
      await world.all(
        "SELECT id FROM product_entitlement_revocation_intents WHERE destructive_action_enabled OR entitlement_mutation_enabled",
      ),
    ).toEqual([]);
    const granted = await world.all("SELECT status, source_stripe_event_id FROM product_entitlements");
    expect(granted).toHaveLength(2);
    for (const row of granted)
      expect(row).toEqual({ status: "active", source_stripe_event_id: expect.stringMatching(/^evt_/) });
    const calls = await world.sandbox.calls();
    expect(new Set(calls.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(["POST /v1/checkout/sessions"]),
    );
  });
});
