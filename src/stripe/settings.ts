import * as z from "zod";
import type { StripeMode } from "../db/schema/vocabulary.ts";

/** A setting that cannot be used: its name and the rule that it breaks; its value is left out. */
export interface SettingFault {
  readonly setting: string;
  readonly rule: string;
}

/** The settings of one mode; without values where one of them cannot be used. */
interface ModeSettings {
  readonly key: string | undefined;
  /** Signing secrets of its endpoint, the current one first. */
  readonly webhookSecrets: readonly string[];
}

export interface StripeSettings extends Readonly<Record<StripeMode, ModeSettings>> {
  /** Where a stand-in for Stripe listens. Development only. */
  readonly apiBaseUrl: string | undefined;
  readonly faults: readonly SettingFault[];
}

/** A URL of scheme and host alone. */
export const origin = z
  .url()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    "must be an origin: scheme and host, no path",
  );
const stripeKey = (prefix: string) =>
  z.string().regex(new RegExp(`^(sk|rk)_${prefix}_[A-Za-z0-9_]{20,}$`), `must be a Stripe ${prefix} mode secret key`);
/** One secret, or two with a comma while one is being rotated out. */
const webhookSecrets = z
  .string()
  .transform((value) => value.split(",").map((part) => part.trim()))
  .refine(
    (secrets) => secrets.length <= 2 && secrets.every((secret) => secret.startsWith("whsec_")),
    "must be a webhook's signing secret, or two with a comma",
  );

const NAMES = {
  sandbox: { key: "STRIPE_SECRET_KEY_SANDBOX", prefix: "test", secrets: "STRIPE_WEBHOOK_SECRET_SANDBOX" },
  live: { key: "STRIPE_SECRET_KEY_LIVE", prefix: "live", secrets: "STRIPE_WEBHOOK_SECRET_LIVE" },
} as const satisfies Record<StripeMode, unknown>;
/** The setting that leads both modes to a stand-in for Stripe. */
export const BASE_URL = "STRIPE_API_BASE_URL";

/**
 * Reads the settings of both modes. A setting that cannot be used closes its mode and leaves the other mode open: a mode
 * never runs with half of its settings, and never with the other mode's.
 */
export function readStripeSettings(bindings: Readonly<Record<string, unknown>>): StripeSettings {
  const faults: SettingFault[] = [];
  const read = <T>(setting: string, shape: z.ZodType<T>): T | undefined => {
    const parsed = shape.optional().safeParse(bindings[setting]);
    if (parsed.success) return parsed.data;
    faults.push({ setting, rule: parsed.error.issues[0]?.message ?? "cannot be used" });
    return undefined;
  };
  const apiBaseUrl = read(BASE_URL, origin);
  const baseUrlFaults = faults.length;
  const ofMode = (mode: StripeMode): ModeSettings => {
    const before = faults.length;
    const key = read(NAMES[mode].key, stripeKey(NAMES[mode].prefix));
    const secrets = read(NAMES[mode].secrets, webhookSecrets);
    if (mode === "live" && key && bindings[BASE_URL] !== undefined) {
      faults.push({
        setting: BASE_URL,
        rule: "is refused beside a live key: live calls go to Stripe and nowhere else",
      });
    }
    const usable = baseUrlFaults === 0 && faults.length === before;
    return usable ? { key, webhookSecrets: secrets ?? [] } : { key: undefined, webhookSecrets: [] };
  };
  return { sandbox: ofMode("sandbox"), live: ofMode("live"), apiBaseUrl, faults };
}
