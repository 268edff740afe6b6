import fc from "fast-check";
import { beforeAll, test } from "vitest";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Doors, type Reply, sharedDoors } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { sale, versionOf } from "../support/sale.ts";
import { BUYER, OWNER } from "../support/world.ts";
import { follow, type Step } from "./follow.ts";
import { expectCode, resultIn } from "./replies.ts";

/** What becomes of the evidence of one sale: one entry, which moves until it is reversed, and never becomes payable. */
interface Ledger {
  entry: { review: string; final: boolean } | undefined;
  actions: number;
}
interface Sold {
  readonly checkoutIntentId: string;
  entryId: string;
  /** The entry's versions, the latest last. */
  readonly versions: string[];
  made: Reply | undefined;
  readonly key: string;
}

const BECOMES = {
  mark_reviewed: "owner_reviewed",
  hold_for_review: "owner_hold",
  reverse_evidence: "owner_reversed",
} as const;

describeInWorld("the commission ledger, beside a model", {}, (world) => {
  let makes: Doors;
  let reviews: Doors;
  let keys = 0;
  beforeAll(async () => {
    await lowerProofs(world);
    makes = await sharedDoors(world, createCommissionEvidence, BUYER);
    reviews = await ownerDoors(world, reviewCommissionEvidence, OWNER);
  });

  const create = async ({ checkoutIntentId }: Sold, idempotencyKey: string) =>
    makes.http({
      checkoutIntentId,
      confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey,
    });

  const creating: Step<Ledger, Sold> = {
    name: "create",
    async run(model, real) {
      const first = model.entry === undefined;
      const answer = await create(real, first ? real.key : `ledger-${++keys}`);
      if (!first) return expectCode(answer, "ineligible_state");
      expectCode(answer, undefined);
      const { commissionLedgerId, updatedAt } = resultIn<{ commissionLedgerId: string; updatedAt: string }>(answer);
      real.entryId = commissionLedgerId;
      real.versions.push(updatedAt);
      real.made = answer;
      model.entry = { review: "refund_window_open", final: false };
    },
  };
  const creatingAgain: Step<Ledger, Sold> = {
    name: "create again with its key",
    may: ({ entry }) => entry !== undefined,
    async run(_, real) {
      const answer = await create(real, real.key);
      // Another version of the checkout would be another call.
      if (answer.code !== "idempotency_conflict") {
        expectCode(answer, undefined);
        if (answer.text !== real.made?.text.replace('"replayed":false', '"replayed":true')) {
          throw new Error(`another answer to the same call: ${answer.text}`);
        }
      }
    },
  };
  const reviewing = fc
    .record({
      actionKind: fc.constantFrom("mark_reviewed", "hold_for_review", "mark_reviewed", "reverse_evidence"),
      stale: fc.boolean(),
      mcp: fc.boolean(),
      at: fc.nat(),
    })
    .map(({ actionKind, stale, mcp, at }): Step<Ledger, Sold> => {
      return {
        name: stale ? "review of an earlier version" : actionKind,
        may: ({ entry, actions }) => entry !== undefined && (!stale || actions > 0),
        async run(model, real) {
          const earlier = real.versions.slice(0, -1);
          const expectedUpdatedAt = stale ? earlier[at % earlier.length] : real.versions.at(-1);
          const answer = await (mcp ? reviews.mcp : reviews.http)({
            commissionLedgerId: real.entryId,
            actionKind,
            confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
            expectedUpdatedAt,
            idempotencyKey: `ledger-${++keys}`,
          });
          if (stale) return expectCode(answer, "stale_state");
          if (model.entry?.final) return expectCode(answer, "ineligible_state");
          expectCode(answer, undefined);
          real.versions.push(resultIn<{ updatedAt: string }>(answer).updatedAt);
          model.actions += 1;
          model.entry = {
            review: BECOMES[actionKind as keyof typeof BECOMES],
            final: actionKind === "reverse_evidence",
          };
        },
      };
    });

  test("every life of an entry goes as the model says", async (context) => {
    await follow(context, {
      subject: "commission ledger",
      lives: { ci: 4, part: 24 },
      steps: 14,
      async begin() {
        await world.db.exec("DELETE FROM bound_counts");
        const { checkoutIntentId } = await sale(world, { referred: true });
        const real: Sold = { checkoutIntentId, entryId: "", versions: [], made: undefined, key: `ledger-${++keys}` };
        return { model: { entry: undefined, actions: 0 } as Ledger, real };
      },
      can: [fc.constant(creating), fc.constant(creatingAgain), reviewing, reviewing, reviewing],
      async look({ entry, actions }, { checkoutIntentId, entryId }) {
        const entries = await world.all<Record<string, unknown>>(
          "SELECT * FROM affiliate_commission_ledger_entries WHERE checkout_intent_id = ?",
          checkoutIntentId,
        );
        const reviewed = await world.all(
          "SELECT id FROM affiliate_commission_ledger_actions WHERE commission_ledger_id = ?",
          entryId,
        );
        const found = entries.map((row) => [row.review_status, row.ledger_status, row.payout_status]);
        const promised = entry ? [[entry.review, entry.final ? "reversed" : "review_only", "not_payable"]] : [];
        if (JSON.stringify([found, reviewed.length]) !== JSON.stringify([promised, actions])) {
          throw new Error(
            `${JSON.stringify([found, reviewed.length])}, promised ${JSON.stringify([promised, actions])}`,
          );
        }
      },
    });
  }, 3_600_000);
});
