import { businessPage } from "../auth/pages.tsx";
import { orderNumberOf } from "../base/order-number.ts";
import { readHoldings } from "../commerce/delivery/holdings.ts";
import { ROUTES } from "../commerce/routes.ts";
import { CHECKOUT_WORDS } from "../commerce/words.ts";
import { pricedLinesOf } from "../db/checkouts.ts";
import { businessRow, requireBusiness } from "../db/operations.ts";
import { planGiven } from "../db/plans.ts";
import { Facts } from "../pages/elements.tsx";
import { Holdings, withPaths } from "../pages/holdings.tsx";
import { htmlPage } from "../pages/layout.tsx";
import { When } from "../pages/locale.tsx";
import type { Site } from "../site.ts";
import { openedOrder } from "./opened-order.ts";
import { OrderTable } from "./order-table.tsx";

/** `GET /order`: the order that this browser opened by a mailed link, with its files. */
export async function showOpenedOrder(request: Request, site: Site): Promise<Response> {
  const { ctx } = site;
  const intent = await openedOrder(request, ctx);
  if (!intent) return notOpened(site);
  const rows = await ctx.db.read({
    lines: pricedLinesOf(ctx, intent.id),
    plan: planGiven(ctx, intent.id),
    business: businessRow(ctx),
  });
  const holdings = await readHoldings({ kind: "order", checkoutIntentId: intent.id }, ctx);
  const business = requireBusiness(rows.business);
  const [plan] = rows.plan;
  const number = orderNumberOf(intent.id);
  return htmlPage({
    title: `Order ${number}`,
    business,
    publicUrl: ctx.publicUrl,
    content: (
      <>
        <Facts
          facts={[
            ["State", CHECKOUT_WORDS[intent.status]],
            ["Ordered on", <When at={intent.createdAt} />],
            plan && ["Plan", plan.status === "active" ? ACTIVE_PLAN : "Not active now"],
          ]}
        />
        <OrderTable intent={intent} lines={rows.lines} />
        {holdings.length > 0 && (
          <>
            <h2>What it gives</h2>
            <Holdings holdings={withPaths(holdings, ROUTES.orderFiles)} />
          </>
        )}
        {intent.stripeMode === "sandbox" && <p class="soft">This order is a test: no money moves.</p>}
        <p class="soft">
          This browser shows the order for a day after the link was opened. Questions? Write to{" "}
          <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a> and name the order {number}.
        </p>
      </>
    ),
  });
}

const ACTIVE_PLAN = "Active, for the account that started the order";

function notOpened({ ctx }: Site): Promise<Response> {
  return businessPage(ctx, () => ({
    title: "No order is open in this browser",
    status: 404,
    content: (
      <p>
        Open the link in the mail about your order: it opens the order in one browser, for a day. Did you start the
        order yourself? <a href="/account">Your account</a> has it.
      </p>
    ),
  }));
}
