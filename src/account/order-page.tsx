import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage, notFoundPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { cancelCall, cancelPath, orderPath, payPath, waysOf } from "../commerce/checkout/ways.ts";
import { ROUTES } from "../commerce/routes.ts";
import { confirmedText } from "../commerce/tax.ts";
import { CHECKOUT_WORDS, PAY_FROM_ACCOUNT } from "../commerce/words.ts";
import { orderOfAccount, paidInvoicesOf, paymentsOfOrder } from "../db/account-orders.ts";
import { type IntentRow, pricedLinesOf } from "../db/checkouts.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import type { Context } from "../kernel/context.ts";
import { Facts } from "../pages/elements.tsx";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";
import { OrderWays } from "../pages/order-ways.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { whatOrderGives } from "./files.tsx";
import { type Paid, paidFor } from "./paid.ts";
import { Receipt } from "./receipt.tsx";

/** An order of a person's, with everything that its page shows; undefined for another person's and for an unknown id. */
export async function findOrder(id: string, person: Person, ctx: Context) {
  const [intent] = (await ctx.db.read({ intent: orderOfAccount(ctx, id, person.userId) })).intent;
  if (!intent) return undefined;
  const rows = await ctx.db.read({
    lines: pricedLinesOf(ctx, id),
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

/** Why a form about an order was refused; `sent` are its fields where the same form may be sent again. */
interface OrderRefusal {
  readonly status: number;
  readonly words: string;
  readonly sent?: Readonly<Record<string, string>>;
}

/** `GET /account/orders/{id}`: one order of a person's; where it was paid, its receipt. */
export async function showOrder(id: string, request: Request, site: Site, refusal?: OrderRefusal): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(orderPath(id)));
  const order = await findOrder(id, person, ctx);
  if (!order) return noSuchOrder(site);
  const gives = await whatOrderGives(id, ctx);
  const { token } = auth.forms.issue(request, person);
  return businessPage(ctx, () => ({
    title: `Order ${orderNumberOf(id)}`,
    status: refusal?.status ?? 200,
    // The way to Stripe's receipt redirects to Stripe.
    formsMayLeave: true,
    content: (
      <>
        {refusal && <Notice kind="bad">{refusal.words}</Notice>}
        <OrderSections order={order} gives={gives} person={person} formToken={token} sent={refusal?.sent} ctx={ctx} />
      </>
    ),
  }));
}

/** The page in place of an order that is another person's or unknown. */
export const noSuchOrder = ({ ctx }: Site): Promise<Response> =>
  notFoundPage(ctx, "The address is incomplete, or the order is another person's.");

function OrderSections(view: {
  order: Order;
  gives: Child;
  person: Person;
  formToken: string;
  sent: OrderRefusal["sent"];
  ctx: Context;
}) {
  const { order, gives, person, formToken, sent, ctx } = view;
  const { intent, paid, business } = order;
  const lines = order.lines.map(({ line }) => line);
  return (
    <>
      <Facts
        facts={[
          ["State", CHECKOUT_WORDS[intent.status]],
          ["Ordered on", <When at={intent.createdAt} />],
          paid.length === 0 && ["Amount", <Amounts of={(write) => confirmedText(intent, write)} />],
        ]}
      />
      <NextStep order={order} formToken={formToken} sent={sent} ctx={ctx} />
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

/** How an order stands, and what a person can do about it; nothing where it is paid and settled. */
function NextStep(view: { order: Order; formToken: string; sent: OrderRefusal["sent"]; ctx: Context }): Child {
  const { intent, lines, business } = view.order;
  const { pay, cancel, again } = waysOf(intent, view.ctx);
  const call = cancel ? cancelCall(intent, lines, business) : undefined;
  return (
    <>
      {stepWords(intent, pay, business)}
      <OrderWays
        pay={pay ? payPath(intent.id) : undefined}
        again={again}
        cancel={
          call && {
            action: cancelPath(intent.id),
            text: call.text,
            fields: { ...call.fields, ...view.sent, [FORM_TOKEN]: view.formToken },
          }
        }
      />
    </>
  );
}

function stepWords({ id, status, planSlug }: IntentRow, pay: boolean, { supportEmail }: BusinessRow): Child {
  switch (status) {
    case "created":
      return <p>The payment page is being prepared. Nothing was paid yet; look here again in a minute.</p>;
    case "open":
      return pay ? (
        <p>Nothing was paid yet. The order ends by itself when its payment page ends.</p>
      ) : (
        <p>Its payment page has ended. If you have paid, do not pay again: it will be confirmed here.</p>
      );
    case "completed":
      return <p>There is nothing to do: your way of paying takes a while to confirm.</p>;
    case "failed":
      return <p>{planSlug === null ? "Nothing was charged." : PAY_FROM_ACCOUNT}</p>;
    case "expired":
    case "canceled":
      return <p>Nothing was charged.</p>;
    case "blocked":
    case "disputed":
      return (
        <p>
          You do not need to pay again. To ask how it stands, write to{" "}
          <a href={`mailto:${supportEmail}`}>{supportEmail}</a> and name the order {orderNumberOf(id)}.
        </p>
      );
    case "paid":
    case "refunded":
      return null;
  }
}
