import { toSignIn } from "../auth/sign-in-first.ts";
import { refusalOf } from "../base/refusal.ts";
import { subscriptionOfPerson } from "../db/subscriptions.ts";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { type RefusedWay, refusedWay } from "./refused-way.tsx";

/**
 * `POST /account/billing`: a person goes to the payment provider's portal for their own subscription. Each visit gets a
 * new portal session, whose address is stored nowhere; our own address holds no id of Stripe's.
 */
export async function submitBilling(request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, "/account");
  const form = await auth.forms.read(request, person);
  if (form.kind === "refused") return refusal(site, form);
  const rows = await ctx.db.read({
    found: subscriptionOfPerson(ctx, form.fields.get("subscriptionId") ?? "", person.userId),
  });
  const [subscription] = rows.found;
  if (!subscription?.stripeCustomerId) return refusal(site, NO_BILLING);
  try {
    await site.ctx.limits.check("stripeCalls", person.userId);
    const portal = await ctx.stripe.client(subscription.stripeMode).billingPortal.sessions.create({
      customer: subscription.stripeCustomerId,
      return_url: `${ctx.publicUrl}/account`,
    });
    return seeOtherWithoutReferrer(ctx.publicUrl, portal.url);
  } catch (thrown) {
    refusalOf(thrown, "account_billing", ctx.log);
    return refusal(site, UNANSWERED);
  }
}

const NO_BILLING: RefusedWay = {
  status: 404,
  title: "There is nothing here",
  advice: "This plan is not yours, or it has no billing to manage.",
};
const UNANSWERED: RefusedWay = {
  status: 502,
  title: "Billing can't be opened now",
  advice: "The payment provider did not answer. Try again in a moment.",
};

const refusal = (site: Site, why: RefusedWay): Promise<Response> =>
  refusedWay(site, why, { href: "/account", words: "Back to your account" });
