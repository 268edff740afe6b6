import { businessPage } from "../auth/pages.tsx";
import { toSignIn } from "../auth/sign-in-first.ts";
import { refusalOf } from "../base/refusal.ts";
import { subscriptionOfPerson } from "../db/subscriptions.ts";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";

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

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

const NO_BILLING: Refusal = {
  status: 404,
  title: "There is nothing here",
  advice: "This plan is not yours, or it has no billing to manage.",
};
const UNANSWERED: Refusal = {
  status: 502,
  title: "Billing can't be opened now",
  advice: "The payment provider did not answer. Try again in a moment.",
};

function refusal({ ctx }: Site, { status, title, advice }: Refusal): Promise<Response> {
  return businessPage(ctx, () => ({
    title,
    status,
    content: (
      <p>
        {advice} <a href="/account">Back to your account</a>
      </p>
    ),
  }));
}
