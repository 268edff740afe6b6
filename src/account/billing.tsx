import { refusalOf } from "../base/refusal.ts";
import { businessRow } from "../db/operations.ts";
import { subscriptionOfPerson } from "../db/subscriptions.ts";
import { htmlPage, TOO_LONG } from "../pages/layout.tsx";
import { readForm } from "../pages/read-form.ts";
import type { Site } from "../site.ts";

/**
 * `POST /account/billing`: a person goes to the payment provider's portal for their own subscription. Each visit has an
 * address of its own, which is handed to this browser and kept nowhere; in ours stands no id of Stripe's.
 */
export async function submitBilling(request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const form = await readForm(request);
  if (form === "too long") return words(site, 413, "That is too long", TOO_LONG);
  if (!person || !form || !auth.forms.accepts(request, form.fields, person)) {
    return words(site, 403, "That form is out of date", "Go back, reload the page and try again.");
  }
  const rows = await ctx.db.read({
    found: subscriptionOfPerson(ctx, form.fields.get("subscriptionId") ?? "", person.userId),
  });
  const [subscription] = rows.found;
  if (!subscription?.stripeCustomerId) {
    return words(site, 404, "There is nothing here", "This plan is not yours, or it has no billing to manage.");
  }
  try {
    await site.limits.actor(person.userId);
    const portal = await ctx.stripe.client(subscription.stripeMode).billingPortal.sessions.create({
      customer: subscription.stripeCustomerId,
      return_url: `${ctx.publicUrl}/account`,
    });
    return new Response(null, {
      status: 303,
      headers: { Location: portal.url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
    });
  } catch (thrown) {
    refusalOf(thrown, "account_billing", ctx.log);
    return words(
      site,
      502,
      "Billing can't be opened now",
      "The payment provider did not answer. Try again in a moment.",
    );
  }
}

async function words({ ctx }: Site, status: number, title: string, text: string): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  return htmlPage({
    title,
    status,
    business: business[0]?.name ?? "",
    publicUrl: ctx.publicUrl,
    content: (
      <p>
        {text} <a href="/account">Back to your account</a>
      </p>
    ),
  });
}
