import type { CHECKOUT_KINDS, GRANT_KINDS, StripeMode } from "../db/schema/vocabulary.ts";
import { soldMode } from "../db/sold-mode.ts";
import type { Context } from "../kernel/context.ts";
import { notSetUp } from "../stripe/client.ts";
import { BASE_URL, type SettingFault } from "../stripe/settings.ts";

type CheckoutKind = (typeof CHECKOUT_KINDS)[number];

/** The kind of an offer's checkout, by the mode that it is sold in. */
export const OFFER_CHECKOUT = {
  sandbox: "sandbox_checkout",
  live: "live_checkout",
} as const satisfies Record<StripeMode, CheckoutKind>;

/** What a paid line of an offer's checkout is granted by. */
export const GRANT_BY_PAYMENT = {
  sandbox: "sandbox_paid_webhook",
  live: "live_paid_webhook",
} as const satisfies Record<StripeMode, (typeof GRANT_KINDS)[number]>;

/** Whether a checkout sells an offer: only then it can have decisions and commission evidence. */
export function sellsOffer({ checkoutKind }: { readonly checkoutKind: CheckoutKind }): boolean {
  return Object.values(OFFER_CHECKOUT).some((kind) => kind === checkoutKind);
}

/** Whether a mode has its key and its webhook secret: without the secret a payment would be taken and not heard of. */
export function isSetUp(mode: StripeMode, { stripe }: Pick<Context, "stripe">): boolean {
  return stripe.modes.includes(mode) && stripe.webhookSecrets(mode).length > 0;
}

/** Throws `provider_unavailable` where a mode is not set up. The other mode is never used instead. */
export function assertModeIsSetUp(mode: StripeMode, ctx: Pick<Context, "stripe">): void {
  if (isSetUp(mode, ctx)) return;
  throw notSetUp(mode);
}

/**
 * The settings that are missing for what is sold here, by the modes that the data asks for. A mode with an unusable
 * setting is left out: the fault says why it is closed.
 */
export function missingSettings(
  wanted: readonly { readonly mode: StripeMode }[],
  ctx: Pick<Context, "maxMode" | "stripe">,
): SettingFault[] {
  const { stripe } = ctx;
  const sold = [...new Set(wanted.map(({ mode }) => soldMode(mode, ctx)))];
  return sold.flatMap((mode) => {
    const suffix = `_${mode.toUpperCase()}`;
    if (stripe.faults.some(({ setting }) => setting.endsWith(suffix) || setting === BASE_URL)) return [];
    const missing = [
      ...(stripe.modes.includes(mode) ? [] : [`STRIPE_SECRET_KEY${suffix}`]),
      ...(stripe.webhookSecrets(mode).length > 0 ? [] : [`STRIPE_WEBHOOK_SECRET${suffix}`]),
    ];
    return missing.map((setting) => ({ setting, rule: `is missing for what is sold here in ${mode} mode` }));
  });
}

/**
 * Whether a purchase was made in sandbox while the data asks for live and the deployment sells it so: it gives nothing,
 * also where it gave something before.
 */
export function isTestPurchase(
  { stripeMode }: { readonly stripeMode: StripeMode },
  wanted: StripeMode | null | undefined,
  ctx: Pick<Context, "maxMode">,
): boolean {
  return stripeMode === "sandbox" && soldMode(wanted ?? "sandbox", ctx) === "live";
}
