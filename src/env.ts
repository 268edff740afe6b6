import * as z from "zod";
import { publicKeysOf } from "./signing/public-key.ts";

/** What the platform binds to the Worker, as it comes: nothing is checked yet. */
export interface Bindings {
  readonly DB: D1Database;
  readonly OAUTH_KV: KVNamespace;
  readonly PRODUCT_ASSETS: R2Bucket;
  readonly ACTOR_LIMIT: RateLimit;
  readonly VISITOR_LIMIT: RateLimit;
  /** Absent where no mail is sent. */
  readonly MAIL?: SendEmail;
  readonly [variable: string]: unknown;
}

const origin = z
  .url()
  .refine((value) => new URL(value).origin === value, "must be an origin: scheme and host, no path");
const stripeKey = (prefix: string) =>
  z.string().regex(new RegExp(`^(sk|rk)_${prefix}_[A-Za-z0-9_]{20,}$`), `must be a Stripe ${prefix} mode secret key`);
/** One secret, or two with a comma while one is being rotated out. */
const webhookSecrets = z
  .string()
  .transform((value) => value.split(",").map((part) => part.trim()))
  .pipe(z.array(z.string().startsWith("whsec_")).min(1).max(2));

/** The text of a key set, as it was published while its secret was in use. */
const keySet = z.string().transform((text, context) => {
  try {
    return publicKeysOf(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "must be the JSON of a key set" });
    return z.NEVER;
  }
});

const settingsSchema = z
  .object({
    PUBLIC_URL: origin,
    BUSINESS_OWNER_USER_ID: z.string().min(1),
    /** One or two values of 32 or more characters, the current one first: every key of ours is derived from it. */
    SERVER_SECRET: z
      .string()
      .transform((value) => value.split(","))
      .pipe(z.array(z.string().min(32, "must have at least 32 characters")).min(1).max(2)),
    /** Public keys of receipts whose secret is gone; no secret, and published on. */
    RECEIPT_RETIRED_KEYS: keySet.optional(),
    STRIPE_SECRET_KEY_SANDBOX: stripeKey("test").optional(),
    STRIPE_SECRET_KEY_LIVE: stripeKey("live").optional(),
    STRIPE_WEBHOOK_SECRET_SANDBOX: webhookSecrets.optional(),
    STRIPE_WEBHOOK_SECRET_LIVE: webhookSecrets.optional(),
    /** Which mode plans are sold in; nothing is sold while it is not set. */
    STRIPE_PLANS_MODE: z.enum(["sandbox", "live"]).optional(),
    /** Where a stand-in for Stripe listens. Development only. */
    STRIPE_API_BASE_URL: origin.optional(),
    /** Whether the owner's authority takes a session that was opened with a second factor. */
    OWNER_SECOND_FACTOR: z.enum(["required", "optional"]).default("required"),
    /** The address that mail comes from; without it none is sent. */
    MAIL_FROM: z.email().optional(),
    /** Where mail goes instead of to people. Development only, so nowhere but to this machine: it carries sign-in links. */
    MAIL_INBOX_URL: origin
      .refine((value) => new URL(value).hostname === "localhost", "must be on localhost")
      .optional(),
  })
  .superRefine((settings, context) => {
    if (settings.STRIPE_API_BASE_URL && settings.STRIPE_SECRET_KEY_LIVE) {
      context.addIssue({
        code: "custom",
        path: ["STRIPE_API_BASE_URL"],
        message: "is refused beside a live key: live calls go to Stripe and nowhere else",
      });
    }
  });

/** The checked settings of this deployment. */
export type Settings = z.output<typeof settingsSchema>;

/**
 * Reads every variable and secret at once.
 * Throws one error that names all that is wrong, and no value: secrets never reach a log.
 */
export function parseSettings(bindings: Bindings): Settings {
  const parsed = settingsSchema.safeParse(bindings);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
  throw new Error(`The environment is not usable:\n- ${faults.join("\n- ")}`);
}
