import * as z from "zod";
import { limitBindings } from "./base/bounds.ts";
import { BUSINESS_PARTS, type BusinessPart, STRIPE_MODES } from "./db/schema/vocabulary.ts";
import { publicKeysOf } from "./signing/public-key.ts";
import { origin, readStripeSettings, type StripeSettings } from "./stripe/settings.ts";

/** The bindings and variables of the Worker, unchecked. */
export interface Bindings {
  readonly DB: D1Database;
  readonly OAUTH_KV: KVNamespace;
  readonly PRODUCT_ASSETS: R2Bucket;
  /** Absent where no mail is sent. */
  readonly MAIL?: SendEmail;
  readonly [variable: string]: unknown;
}

/** The text of a key set, as it was published while its secret was in use. */
const keySet = z.string().transform((text, context) => {
  try {
    return publicKeysOf(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "must be the JSON of a key set" });
    return z.NEVER;
  }
});

/** Why a setting is missing that is never written by hand. */
const FROM_THE_BUSINESS = "is missing: the scripts deploy and dev set it from the business";

/** Words of `BUSINESS_PARTS` with commas between; the empty text is a business that sells nothing yet. */
const businessParts = z
  .string(FROM_THE_BUSINESS)
  .transform((text) => text.split(",").filter((word) => word !== ""))
  .pipe(z.array(z.enum(BUSINESS_PARTS, `must be words of ${BUSINESS_PARTS.join(", ")}, with commas between`)))
  .transform((words): ReadonlySet<BusinessPart> => new Set(words));

const settingsSchema = z.object({
  PUBLIC_URL: origin,
  BUSINESS_OWNER_USER_ID: z.string(FROM_THE_BUSINESS).min(1, FROM_THE_BUSINESS),
  /** The parts that the business uses. */
  BUSINESS_PARTS: businessParts,
  /** One or two values of 32 or more characters, the current one first: every key of ours is derived from it. */
  SERVER_SECRET: z
    .string()
    .transform((value) => value.split(","))
    .pipe(z.array(z.string().min(32, "must have at least 32 characters")).min(1).max(2)),
  /** Public keys of receipts whose secret is gone. They are published with the current key. */
  RECEIPT_RETIRED_KEYS: keySet.optional(),
  /**
   * The most that this deployment may do. Offers and plans whose data asks for more are sold in sandbox; while it is unset,
   * offers are sold in sandbox and no plan is sold.
   */
  STRIPE_MAX_MODE: z.enum(STRIPE_MODES).optional(),
  /** Whether the owner's authority requires a session that was opened with a second factor. */
  OWNER_SECOND_FACTOR: z.enum(["required", "optional"]).default("required"),
  /** "off" where this server can't reach the sites of its clients: they register instead of naming a metadata document. */
  CLIENT_METADATA_DOCUMENTS: z.enum(["on", "off"]).default("on"),
  /** The sender address of mail; without it no mail is sent. */
  MAIL_FROM: z.email().optional(),
  /** Receives all mail in place of its recipients. Development only, and on localhost: mail carries sign-in links. */
  MAIL_INBOX_URL: origin.refine((value) => new URL(value).hostname === "localhost", "must be on localhost").optional(),
});

/** The checked settings of this deployment. */
export type Settings = z.output<typeof settingsSchema> & { readonly stripe: StripeSettings };

/** Names every missing or wrong setting in its message and repeats no value: secrets never reach a log. */
export class UnusableSettings extends Error {
  override readonly name = "UnusableSettings";
}

/**
 * Checks every variable and secret at once. An unusable setting of Stripe's disables its mode; any other throws
 * `UnusableSettings`.
 */
export function parseSettings(bindings: Bindings): Settings {
  const parsed = settingsSchema.safeParse(bindings);
  const unbound = limitBindings.filter((name) => typeof bindings[name] !== "object");
  if (parsed.success && unbound.length === 0) return { ...parsed.data, stripe: readStripeSettings(bindings) };
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`),
    ...unbound.map((name) => `${name} must be a binding of ratelimits, as wrangler.toml has it`),
  ];
  throw new UnusableSettings(`The environment is not usable:\n- ${faults.join("\n- ")}`);
}
