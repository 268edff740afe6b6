import type { ConfirmedWrite } from "../../src/kernel/confirmed-write.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, base64Of, freshPdf } from "../support/asset-files.ts";
import type { ReadyCall } from "../support/describe-confirmed-write.ts";
import { bearerDoors, type Doors, type Person } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { checkoutDoors, launchPassCall, started } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { planCall, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

/** A write, who does it, and how a subject comes about that nothing was done to yet. */
export interface ReadyWrite {
  readonly write: ConfirmedWrite;
  readonly actor: Person;
  ready(world: World, person: Person): Promise<ReadyCall>;
  /** Other arguments of the same shape. */
  other(input: ReadyCall["input"]): Record<string, unknown>;
  /** Both doors of it: the owner's routes take a browser's session, the others a token. */
  open(world: World, person: Person): Promise<Doors>;
  /** The rows that are its effect; each names its operation. */
  readonly effect: string;
  /** The kinds of the audit rows of one success, in alphabetical order. */
  readonly audit: readonly string[];
  /** Where its subject's version is kept: a table, with the argument that names the row where it is one of many. */
  readonly subject: { readonly table: string; readonly argument?: string };
  /** Whether it may be done again about the same version of its subject. */
  readonly again?: true;
}

const bearer = (write: ConfirmedWrite) => (world: World, person: Person) => bearerDoors(world, write, person);
const session = (write: ConfirmedWrite) => async (world: World, person: Person) => {
  // The text in the call is what the doors have in common.
  await lowerProofs(world);
  return ownerDoors(world, write, person);
};
const unkeyed = ({ idempotencyKey: _, confirmationText, expectedUpdatedAt, ...input }: ReadyCall["input"]) =>
  ({ input, confirmationText, expectedUpdatedAt }) as ReadyCall;

/** Every write there is. */
export const READY_WRITES: readonly ReadyWrite[] = [
  {
    write: startCheckout,
    actor: BUYER,
    ready: async (world) => unkeyed(await launchPassCall(world, { bump: true })),
    other: () => ({ orderBumpIds: [] }),
    open: bearer(startCheckout),
    effect: "checkout_intents",
    audit: ["checkout_intent_created", "checkout_session_created"],
    subject: { table: "stack_offers" },
    again: true,
  },
  {
    write: startPlanCheckout,
    actor: BUYER,
    async ready(world) {
      await withoutPlans(world);
      return unkeyed(await planCall(world, { setup: true }));
    },
    other: () => ({ includeSetup: false }),
    open: bearer(startPlanCheckout),
    effect: "checkout_intents",
    audit: ["checkout_intent_created", "checkout_session_created"],
    subject: { table: "plans" },
  },
  {
    write: expireCheckout,
    actor: BUYER,
    async ready(world, person) {
      const checkout = await started(world, (await opened(world, person)).http);
      return {
        input: { checkoutIntentId: checkout.checkoutIntentId },
        confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
        expectedUpdatedAt: checkout.updatedAt,
      };
    },
    other: () => ({ checkoutIntentId: "checkout-intent-other" }),
    open: bearer(expireCheckout),
    effect: "payment_audit_events WHERE event_kind = 'checkout_session_expired_by_actor'",
    audit: ["checkout_session_expired_by_actor"],
    subject: { table: "checkout_intents", argument: "checkoutIntentId" },
  },
  {
    write: createCommissionEvidence,
    actor: BUYER,
    async ready(world, person) {
      const { checkoutIntentId, updatedAt } = await sale(world, { person, referred: true });
      return {
        input: { checkoutIntentId },
        confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
        expectedUpdatedAt: updatedAt,
      };
    },
    other: () => ({ checkoutIntentId: "checkout-intent-other" }),
    open: bearer(createCommissionEvidence),
    effect: "affiliate_commission_ledger_entries",
    audit: ["affiliate_commission_ledger_review_only_created"],
    subject: { table: "checkout_intents", argument: "checkoutIntentId" },
  },
  {
    write: recordPostPurchaseDecision,
    actor: BUYER,
    async ready(world, person) {
      const { checkoutIntentId, updatedAt } = await sale(world, { person });
      return {
        input: {
          checkoutIntentId,
          decisionKind: "decline_upsell",
          presentedOfferId: "offer-upsell-launch-accelerator",
        },
        confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
        expectedUpdatedAt: updatedAt,
      };
    },
    other: () => ({ decisionKind: "accept_upsell_follow_up" }),
    open: bearer(recordPostPurchaseDecision),
    effect: "checkout_post_purchase_decisions",
    audit: ["post_purchase_non_billing_decision_recorded"],
    subject: { table: "checkout_intents", argument: "checkoutIntentId" },
  },
  {
    write: reviewCommissionEvidence,
    actor: OWNER,
    async ready(world) {
      const { commissionLedgerId, updatedAt } = await evidence(world);
      return {
        input: { commissionLedgerId, actionKind: "mark_reviewed", reason: "looked at it" },
        confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
        expectedUpdatedAt: updatedAt,
      };
    },
    other: () => ({ actionKind: "reverse_evidence" }),
    open: session(reviewCommissionEvidence),
    effect: "affiliate_commission_ledger_actions",
    audit: ["affiliate_commission_ledger_owner_review_action"],
    subject: { table: "affiliate_commission_ledger_entries", argument: "commissionLedgerId" },
  },
  {
    write: recordRevocationIntent,
    actor: OWNER,
    async ready(world) {
      const { checkoutIntentId } = await sale(world);
      const [row] = await world.all<{ id: string; updated_at: number }>(
        "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
        checkoutIntentId,
      );
      return {
        input: { entitlementId: row?.id, reasonCode: "customer_request", reason: "asked for it" },
        confirmationText: "Record product access removal intent",
        expectedUpdatedAt: new Date(row?.updated_at ?? 0).toISOString(),
      };
    },
    other: () => ({ reasonCode: "test_cleanup" }),
    open: session(recordRevocationIntent),
    effect: "product_entitlement_revocation_intents",
    audit: ["product_revocation_intent_recorded"],
    subject: { table: "product_entitlements", argument: "entitlementId" },
  },
  {
    write: uploadProductAsset,
    actor: OWNER,
    ready(world) {
      const body = freshPdf();
      return confirmedUpload(world, { ...announced(body), bodyBase64: base64Of(body) });
    },
    other: () => ({ fileName: "other.pdf" }),
    open: session(uploadProductAsset),
    effect: "product_asset_uploads",
    audit: ["product_asset_upload_started", "product_asset_upload_stored"],
    subject: { table: "access_products", argument: "productId" },
    again: true,
  },
];

const doors = new WeakMap<World, Map<string, Promise<Doors>>>();

function opened(world: World, person: Person): Promise<Doors> {
  const known = doors.get(world) ?? new Map<string, Promise<Doors>>();
  doors.set(world, known);
  const found = known.get(person.email) ?? checkoutDoors(world, person);
  known.set(person.email, found);
  return found;
}
