import type { Parts } from "../kernel/parts.ts";

/**
 * The words of the published documents where a business says nothing: true for every business of this server. Its rows hold
 * only what it says itself, so that better words of ours need no seeding, and taking a file away brings ours back. `delivers`:
 * the holder of active access to a product downloads its files here.
 */
export function neutralProse(parts: Parts, delivers = false) {
  return {
    document: { id: "commerce-source-data" },
    contract: { id: "commerce-contract", status: "ready", summary: summary(parts, delivers) },
    "self-serve-pricing": {
      id: "self-serve-pricing",
      status: "ready",
      provisioning:
        "A plan becomes active for the account that started its checkout once the payment provider confirms the payment: by a verified event, or when the server reads the checkout session itself.",
      webhookCaveat:
        "An event that does not arrive is found by the scheduled run, which reads the payment provider's list of events.",
    },
    "referral-attribution": {
      writeBoundary:
        "A checkout can be started with one referral click, which is then stored as public-safe evidence. It sets no cookie, decides no commission, payout or tax, and notifies no partner.",
      publicSafeFields: [
        "checkoutIntentId",
        "referralClickId",
        "referralLinkId",
        "referralCode",
        "partnerId",
        "destinationRoute",
        "attributionStatus",
      ],
    },
    "commission-ledger": {
      writeBoundary:
        "One review-only entry can be created for a checkout that has a referral attribution. It computes an amount for the owner's review and is never payable: no write creates a payout, a tax record, a fraud decision or a notice to a partner.",
      publicSafeFields: [
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
        "reviewActionCounts",
      ],
    },
    "review-actions": {
      writeBoundary:
        "The owner can mark an entry reviewed, hold it, or reverse it for good. No action makes an entry payable, pays out, or writes a tax record or a fraud decision.",
    },
    "post-purchase-decisions": {
      writeBoundary:
        "The buyer's answer to an offer after payment is recorded. It charges nothing, changes no subscription, fulfils nothing and gives no access.",
      publicSafeFields: [
        "decisionId",
        "checkoutIntentId",
        "offerStackId",
        "presentedOfferId",
        "decisionKind",
        "checkoutStatus",
        "checkoutUpdatedAt",
        "aggregateDecisionCounts",
      ],
    },
    decisions: DECISIONS,
    "agent-write-rules": agentWriteRules(parts),
    affiliates: {
      id: "affiliates-source-data",
      status: "review-only-evidence-ready",
      clickWriteBoundary:
        "A click is evidence that a visitor followed a partner's link. It sets no cookie, is kept as keyed hashes, and attributes nothing until a checkout names it.",
      clickPublicSafeFields: ["referralClickId", "referralLinkId", "referralCode", "partnerId", "destinationRoute"],
      writeBoundary:
        "Clicks, attributions, review-only ledger entries and the owner's review actions can be written. Payable commissions, payouts, tax records, fraud decisions and notices to partners cannot.",
      caveat:
        "Amounts are evidence for the owner's review, not money owed. Only counts and sums are published; no click, buyer or partner account is.",
    },
  };
}

/** Where a Stripe key or secret is kept, and who may see it. */
export const neutralSecret = (name: string) => ({
  storage: "a secret of the deployed Worker",
  visibility: name.startsWith("STRIPE_PUBLIC_KEY")
    ? "safe to publish; no answer of this server holds it"
    : "server-only",
});

/** The one-time setup that a plan can be bought with, named as its price is. */
export const neutralSetup = (price: { readonly id: string; readonly nickname: string }) => ({
  slug: price.id,
  name: price.nickname,
  label: "Optional setup",
  description: "A one-time service that can be bought together with a plan.",
});

/** The status and purpose of a published table. */
export const neutralTable = (table: string) => ({
  status: "in-use",
  purpose: TABLE_PURPOSES[table] ?? "Rows that this server keeps for the business.",
});

const TABLE_PURPOSES: Readonly<Record<string, string>> = {
  commerce_products: "What the business sells.",
  commerce_prices: "The prices of products: amount, currency and billing interval.",
  checkout_intents: "Each checkout that was started, written before the payment provider is called, with its status.",
  checkout_referral_attributions: "Evidence that a referral click was attached to a checkout when it started.",
  checkout_post_purchase_decisions: "The buyer's answers to offers after payment. No answer charges anything.",
  affiliate_commission_ledger_entries:
    "What an attributed checkout would be worth to its partner. Review-only, never payable.",
  affiliate_commission_ledger_actions: "The owner's reviews, holds and reversals of ledger entries.",
  stripe_webhook_events: "Each event of the payment provider, applied once, with its redacted payload kept private.",
  billing_subscriptions: "The state of each subscription, as the payment provider last told it.",
  payment_audit_events: "A redacted trail of every change to checkouts, payments and access.",
  product_entitlements: "Access to products, given by confirmed payments alone.",
  product_fulfillment_tasks: "What is left to do for a buyer after a payment gave access.",
  product_asset_uploads: "Private product files: name, type, length and digest. No address of a file is published.",
  product_entitlement_revocation_intents: "The owner's notes that access should be removed. A note removes nothing.",
  product_protected_content_sections: "Which protected content exists, without its body.",
};

/** What is decided for every business of this server. */
const DECISIONS = [
  {
    id: "hosted-checkout",
    title: "Buyers pay on the payment provider's own page",
    status: "accepted",
    summary:
      "A purchase is a Checkout Session of Stripe's. No card number reaches this server, and no call charges a card.",
  },
  {
    id: "events-once",
    title: "Each event is applied once",
    status: "accepted",
    summary: "Events are verified by their signature and kept by their id; what they change is audited.",
  },
  {
    id: "no-provider-ids",
    title: "No id of the payment provider is published",
    status: "accepted",
    summary:
      "Answers name our own stable ids. Ids of sessions, payments, customers and subscriptions stay on the server.",
  },
];

const summary = (parts: Parts, delivers: boolean): string =>
  [
    "Purchases go through Stripe's hosted checkout: an agent prepares one, a person confirms its exact words, and the buyer pays on Stripe's own page.",
    (parts.has("access") || parts.has("plans")) && "Only a payment that Stripe confirmed gives anything.",
    parts.has("upsells") && "Answers to offers after payment are recorded and charge nothing.",
    parts.has("affiliates") && "Referrals and commissions are evidence for the owner's review, never payable.",
    parts.has("files") &&
      (delivers
        ? "Product files are private: a buyer downloads them on this site while their access is active. No answer to an agent holds a file or an address of one."
        : "Product files are private."),
  ]
    .filter(Boolean)
    .join(" ");

/** The rules for agents. Each is held by the server, whatever an agent does. */
function agentWriteRules(parts: Parts): string[] {
  const recorded = [
    parts.has("affiliates") && "referral evidence, review-only commission evidence and the owner's reviews of it",
    parts.has("upsells") && "a buyer's answers to offers after payment",
    parts.has("access") && "the owner's intent to remove access",
    parts.has("files") && "the owner's private product files",
  ].filter((words) => words !== false);
  return [
    "Agents may read the public documents without signing in.",
    "Agents must not create, expire, refund, cancel, upgrade, downgrade or publish a billing object without the exact confirmation text, which a person has agreed to.",
    "Every billing-impacting write needs a proven actor and client, an idempotency key and the version of its subject that was read; it is refused when that version is stale, it is audited, and its answer is redacted.",
    "Model-visible output must not include secret keys, webhook secrets, the payment provider's ids of customers, sessions, payments, subscriptions or accounts, or private customer data.",
    ...(recorded.length > 0 ? [`Agents may store ${recorded.join("; ")}. None of it moves money.`] : []),
    "No write of an agent may create a refund, a payout, a tax record, a fraud decision, a one-click charge, fulfilment or access, or remove access.",
    "If an event or an answer of the payment provider is ambiguous, record the blocked state and continue with work that moves no money, instead of guessing.",
  ];
}
