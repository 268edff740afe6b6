import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import type { Person } from "../auth/people.ts";
import { readForm } from "../auth/read-body.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Context } from "../context.ts";
import { ifJoined } from "../db/joined.ts";
import { businessRow } from "../db/operations.ts";
import { plansBought, subscriptionOfPerson } from "../db/subscriptions.ts";
import { refusalOf } from "../kernel/refusal.ts";
import { htmlPage } from "./layout.tsx";
import type { HttpParts } from "./parts.ts";

type BoughtPlan = Awaited<ReturnType<typeof plansBought>>[number];

/** The plans on a person's account page, each with a button to where its card, invoices and cancellation are. */
export async function planSections(person: Person, formToken: string, ctx: Context): Promise<Child> {
  const { bought } = await ctx.db.read({ bought: plansBought(ctx, person.userId) });
  return (
    <>
      <h2>Plans</h2>
      {bought.length === 0 && (
        <p class="soft">
          None. <a href={ROUTES.pricing}>See the plans</a>
        </p>
      )}
      {bought.length > 0 && (
        <ul class="list">
          {bought.map((plan) => (
            <li class="card">
              <p>
                <strong>{plan.plan.name}</strong>
                {plan.entitlement.stripeMode === "sandbox" && <span class="soft"> (test purchase)</span>}
              </p>
              <p>{standingWords(plan)}</p>
              {ifJoined(plan.subscription)?.stripeCustomerId && (
                <form method="post" action={ROUTES.accountBilling}>
                  <input type="hidden" name={FORM_TOKEN} value={formToken} />
                  <input type="hidden" name="subscriptionId" value={plan.subscription?.id} />
                  <button type="submit" aria-label={`Manage billing of ${plan.plan.name}`}>
                    Manage billing
                  </button>
                </form>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/**
 * `POST /account/billing`: a person goes to the payment provider's portal for their own subscription. Each visit has an
 * address of its own, which is handed to this browser and kept nowhere; in ours stands no id of Stripe's.
 */
export async function submitBilling(request: Request, parts: HttpParts): Promise<Response> {
  const { ctx, auth } = parts;
  const person = await auth.session(request);
  const form = await readForm(request);
  if (!person || !form || !auth.forms.accepts(request, form, person)) {
    return words(parts, 403, "That form is out of date", "Go back, reload the page and try again.");
  }
  const rows = await ctx.db.read({
    found: subscriptionOfPerson(ctx, form.get("subscriptionId") ?? "", person.userId),
  });
  const [subscription] = rows.found;
  if (!subscription?.stripeCustomerId) {
    return words(parts, 404, "There is nothing here", "This plan is not yours, or it has no billing to manage.");
  }
  try {
    await parts.limits.actor(person.userId);
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
      parts,
      502,
      "Billing can't be opened now",
      "The payment provider did not answer. Try again in a moment.",
    );
  }
}

/** What a person is told of their plan, and until when it reaches. */
function standingWords({ entitlement, subscription }: BoughtPlan): Child {
  const known = ifJoined(subscription);
  const until = known?.currentPeriodEnd ? day(known.currentPeriodEnd) : undefined;
  switch (known?.status) {
    case "paused":
      return "Paused. Nothing is charged until it is resumed.";
    case "past_due":
    case "unpaid":
      return "The last payment did not arrive. Update how you pay to have the plan again.";
    case "canceled":
    case "incomplete_expired":
      return "Ended.";
    default:
      if (entitlement.status !== "active") return "Not active.";
      if (!until) return "Active.";
      return known?.cancelAtPeriodEnd === 1 ? (
        <>Active until {until}; then it ends.</>
      ) : (
        <>Active. Renews on {until}.</>
      );
  }
}

const day = (instant: number) => {
  const iso = new Date(instant).toISOString().slice(0, 10);
  return <time datetime={iso}>{iso}</time>;
};

async function words({ ctx }: HttpParts, status: number, title: string, text: string): Promise<Response> {
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
