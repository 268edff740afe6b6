import * as z from "zod";

/**
 * Fields that more than one write or resource has, each described for a model that knows nothing else of it.
 * D1 cannot hold NUL or lone surrogates faithfully, so no text field lets them in.
 */
export const storableText = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "must be well-formed text without NUL");

/** 32 bytes, as SHA-256 and HMAC give them, in lower-case hexadecimal. */
export const hexHash = z.string().regex(/^[0-9a-f]{64}$/);

const id = (what: string) => storableText(200).min(1).describe(what);

export const offerId = id("From commerce://offers");
export const planSlug = id("From commerce://plans");
export const checkoutIntentId = id("From your checkouts");
export const commissionLedgerId = id("From create_commission_evidence");
export const entitlementId = id("From commerce://entitlements");
export const presentedOfferId = id("The upsell or downsell, as the checkout names it");
export const accessProductId = id("In the access catalog");
export const operationId = id("As every write returns it");
export const referralClickId = id("From POST /api/affiliates/clicks");

/** The owner's private note: stored in a column of its own or as a keyed hash. No answer holds it. */
export const privateReason = storableText(500).describe("Kept private").optional();

const instantText = z.iso
  .datetime({
    precision: 3,
    offset: false,
    error: "must be a UTC time with milliseconds, exactly as the resource gave it",
  })
  .refine((text) => !Number.isNaN(Date.parse(text)), "is not a time");

/** 1 to 255 visible ASCII characters. A key is never shortened, so two different keys stay different. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7E]{1,255}$/, "must be 1 to 255 visible ASCII characters without spaces")
  .describe("Yours; the same to retry");

/** The input fields that every confirmed write has. The kernel adds and checks them; a tool never sees them. */
export const envelopeFields = {
  confirmationText: z.string().max(2000).describe("The exact text, once agreed to").optional(),
  idempotencyKey,
  expectedUpdatedAt: instantText.describe("updatedAt as read"),
} as const;

/** Fields of answers: an amount in minor units, its ISO 4217 currency, and the version of a row. */
export const amountCents = z.int();
export const currency = z.string();
export const updatedAt = z.string();
