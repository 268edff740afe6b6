import * as z from "zod";

/**
 * Fields that more than one write or resource has, each described for a model that reads it cold.
 * D1 cannot hold NUL or lone surrogates faithfully, so no text field lets them in.
 */
export const storableText = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "must be well-formed text without NUL");

const id = (what: string) => storableText(200).min(1).describe(what);

export const offerId = id("Offer to sell, as in commerce://source-data");
export const planSlug = id("Plan, as in commerce://plans/{slug}");
export const checkoutIntentId = id("Checkout, as returned by start_checkout");
export const commissionLedgerId = id("Ledger entry, as create_commission_evidence returned it");
export const entitlementId = id("Entitlement, as in commerce://entitlements");
export const presentedOfferId = id(
  "Upsell or downsell that was presented, as commerce://checkouts/{checkoutIntentId} names it",
);
export const accessProductId = id("Product of the access catalog, as in commerce://products/{productId}");
export const operationId = id("Operation, as every write returns it");
export const referralClickId = id("Click, as POST /api/affiliates/clicks returned it");

/** The owner's own words: stored apart, or as a keyed hash, and in no answer. */
export const privateReason = storableText(500)
  .describe("For the owner's records; it comes back in no answer")
  .optional();

export const instantText = z.iso
  .datetime({
    precision: 3,
    offset: false,
    error: "must be a UTC time with milliseconds, exactly as the resource gave it",
  })
  .refine((text) => !Number.isNaN(Date.parse(text)), "is not a time");

/** 1 to 255 visible ASCII characters; never shortened, so two keys can never fall together. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7E]{1,255}$/, "must be 1 to 255 visible ASCII characters without spaces")
  .describe("The same to retry, a new one for a new intent");

/** The part of every confirmed write's input that the kernel answers for. */
export const envelopeFields = {
  confirmationText: z.string().max(2000).describe("The exact published text, once the person agreed").optional(),
  idempotencyKey,
  expectedUpdatedAt: instantText.describe("updatedAt as you read it"),
} as const;

/** Money and modes as every answer has them. */
export const amountCents = z.int().describe("Minor units");
export const currency = z.string().describe("ISO 4217, lower case");
export const stripeMode = z.enum(["sandbox", "live"]);
export const updatedAt = z.string().describe("Quote it as expectedUpdatedAt");
