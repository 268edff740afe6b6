import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { isTestPurchase } from "../commerce/modes.ts";
import { ROUTES } from "../commerce/routes.ts";
import { ifJoined } from "../db/joined.ts";
import type { PlanEntitlementRow } from "../db/purchases.ts";
import type { plansBought, SubscriptionRow } from "../db/subscriptions.ts";
import type { Context } from "../kernel/context.ts";
import { Day, OwnWords } from "../pages/locale.tsx";

type BoughtPlan = Awaited<ReturnType<typeof plansBought>>[number];

/** A person's plans, each with a button to its card, invoices and cancellation at the payment provider. */
export function planItems(bought: readonly BoughtPlan[], formToken: string, ctx: Context): Child {
  if (bought.length === 0) {
    return (
      <p class="soft">
        No plan yet. <a href={ROUTES.pricing}>See the plans</a>
      </p>
    );
  }
  return (
    <ul class="list">
      {bought.map((plan) => (
        <li class="card">
          <p>
            <strong>
              <OwnWords>{plan.plan.name}</OwnWords>
            </strong>
            {plan.checkout.stripeMode === "sandbox" && <span class="soft"> (test purchase)</span>}
          </p>
          <p>{standingWords(plan, ctx)}</p>
          {plan.chargedAs && (
            <p>
              Changed at the payment provider: you are charged for {plan.chargedAs}, but have {plan.plan.name} here.
              Write to us, and we correct it.
            </p>
          )}
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
  );
}

/** The state of a plan in words, with the date of its renewal or end. */
function standingWords({ checkout, entitlement, plan, subscription }: BoughtPlan, ctx: Context): Child {
  if (isTestPurchase(checkout, plan.stripeMode, ctx)) return "Not active: it was a test, and gives nothing here.";
  const known = ifJoined(subscription);
  const kept = keptUntil(ifJoined(entitlement));
  const until = known?.currentPeriodEnd ? <Day at={known.currentPeriodEnd} /> : undefined;
  switch (known?.status) {
    case "paused":
      return "Paused. Nothing is charged until it is resumed.";
    case "incomplete":
      return "Its first payment has not arrived yet.";
    case "past_due":
    case "unpaid":
      if (kept !== null) {
        return (
          <>
            Active until <Day at={kept} />. The last payment did not arrive. Update how you pay to keep the plan.
          </>
        );
      }
      return "The last payment did not arrive. Update how you pay to get the plan back.";
    case "canceled":
    case "incomplete_expired":
      return "Ended.";
    default:
      return runningWords(ifJoined(entitlement)?.status === "active", until, known);
  }
}

/** Until when a plan is active although its payment is late; null where it is not. */
function keptUntil(given: PlanEntitlementRow | undefined): number | null {
  return given?.status === "active" ? given.keptUntil : null;
}

/** For a subscription that runs, or that is not known yet. A refund ends the plan here, but not its subscription. */
function runningWords(active: boolean, until: Child | undefined, known: SubscriptionRow | undefined): Child {
  const now = active ? "Active" : "Not active";
  if (!until) return `${now}.`;
  if (known?.cancelAtPeriodEnd === 1) {
    return active ? <>Active until {until}; then it ends.</> : <>Not active. Its subscription ends on {until}.</>;
  }
  if (known?.collectionPaused === 1) return `${now}. Payments are paused: nothing is charged until they are resumed.`;
  if (active) return <>Active. Renews on {until}.</>;
  return <>Not active, but its subscription goes on: you are charged again on {until} unless you end it.</>;
}
