import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage, notFoundPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { isThere, ROUTES } from "../commerce/routes.ts";
import { confirmedText } from "../commerce/tax.ts";
import { CHECKOUT_WORDS } from "../commerce/words.ts";
import { orderOfAccount, paidInvoicesOf, paymentsOfOrder } from "../db/account-orders.ts";
import { type IntentRow, linesOf } from "../db/checkouts.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import type { Context } from "../kernel/context.ts";
import { Facts } from "../pages/elements.tsx";
import { HiddenFields } from "../pages/form-parts.tsx";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { whatOrderGives } from "./files.tsx";
import { type Paid, paidFor } from "./paid.ts";
import { orderPath } from "./paths.ts";
import { Receipt } from "./receipt.tsx";

/** An order of a person's, with everything that its page shows; undefined for another person's and for an unknown id. */
export async function findOrder(id: string, person: Person, ctx: Context) {
  const [intent] = (await ctx.db.read({ intent: orderOfAccount(ctx, id, person.userId) })).intent;
  if (!intent) return undefined;
  const rows = await ctx.db.read({
    lines: linesOf(ctx, id),
    invoices: paidInvoicesOf(ctx, id),
    payments: paymentsOfOrder(ctx, intent),
    business: businessRow(ctx),
  });
  return {
    ...rows,
    intent,
    paid: paidFor(intent, rows.invoices, rows.payments),
    business: requireBusiness(rows.business),
  };
}

type Order = NonNullable<Awaited<ReturnType<typeof findOrder>>>;

/** `GET /account/orders/{id}`: one order of a person's; where it was paid, its receipt. */
export async function showOrder(id: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(orderPath(id)));
  const order = await findOrder(id, person, ctx);
  if (!order) return noSuchOrder(site);
  const gives = await whatOrderGives(id, ctx);
  const { token } = auth.forms.issue(request, person);
  return businessPage(ctx, () => ({
    title: `Order ${orderNumberOf(id)}`,
    // The way to Stripe's receipt redirects to Stripe.
    formsMayLeave: true,
    content: <OrderSections order={order} gives={gives} person={person} formToken={token} ctx={ctx} />,
  }));
}

/** The page in place of an order that is another person's or unknown. */
export const noSuchOrder = ({ ctx }: Site): Promise<Response> =>
  notFoundPage(ctx, "The address is incomplete, or the order is another person's.");

function OrderSections(view: { order: Order; gives: Child; person: Person; formToken: string; ctx: Context }) {
  const { order, gives, person, formToken, ctx } = view;
  const { intent, lines, paid, business } = order;
  return (
    <>
      <Facts
        facts={[
          ["State", CHECKOUT_WORDS[intent.status]],
          ["Ordered on", <When at={intent.createdAt} />],
          paid.length === 0 && ["Amount", <Amounts of={(write) => confirmedText(intent, write)} />],
        ]}
      />
      <NextStep intent={intent} business={business} ctx={ctx} />
      {paid.length === 0 ? (
        <ul>
          {lines.map(({ name }) => (
            <li>
              <OwnWords>{name}</OwnWords>
            </li>
          ))}
        </ul>
      ) : (
        <Receipt
          intent={intent}
          lines={lines}
          paid={paid}
          business={business}
          account={person}
          more={(one) => <AtStripe paid={one} intent={intent} formToken={formToken} />}
        />
      )}
      {gives}
      <p class="actions">
        <a href={ROUTES.accountOrders}>All orders</a>
        <a href={`${ROUTES.accountConfirmations}/${intent.operationId}`}>What you confirmed</a>
        <a href="/account">Your account</a>
      </p>
    </>
  );
}

/** A button that leads to Stripe's own receipt or invoice of one payment. */
function AtStripe({ paid, intent, formToken }: { paid: Paid; intent: IntentRow; formToken: string }) {
  const what = intent.planSlug === null ? "receipt" : "invoice";
  const period = paid.period ? { period: String(paid.period.start) } : undefined;
  return (
    <form method="post" action={`${orderPath(intent.id)}/stripe-receipt`}>
      <HiddenFields fields={{ [FORM_TOKEN]: formToken, ...period }} />
      <button type="submit">{`Stripe's ${what}`}</button>
    </form>
  );
}

/** What a person can do about an order in its state; nothing where it is paid and settled. */
function NextStep({ intent, business, ctx }: { intent: IntentRow; business: BusinessRow; ctx: Context }): Child {
  switch (intent.status) {
    case "created":
    case "open":
      return <p>Nothing was paid yet. The order ends by itself when its payment page ends.</p>;
    case "completed":
      return <p>There is nothing to do: your way of paying takes a while to confirm.</p>;
    case "failed":
    case "expired":
    case "canceled":
      return (
        <p>
          Nothing was charged. <Again intent={intent} ctx={ctx} />
        </p>
      );
    case "blocked":
    case "disputed":
      return (
        <p>
          You do not need to pay again. To ask how it stands, write to{" "}
          <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a> and name the order{" "}
          {orderNumberOf(intent.id)}.
        </p>
      );
    case "paid":
    case "refunded":
      return null;
  }
}

function Again({ intent, ctx }: { intent: IntentRow; ctx: Context }): Child {
  const path = intent.planSlug === null ? ROUTES.offers : ROUTES.pricing;
  return isThere(path, ctx.parts) ? <a href={path}>See what is for sale</a> : null;
}
