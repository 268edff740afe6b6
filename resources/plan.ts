import { notFound } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { sameOrders, toldOrders } from "../src/commerce/checkout/order-text.ts";
import { planText, totalCents } from "../src/commerce/confirmation-texts.ts";
import { planObstacle } from "../src/commerce/plans/obstacles.ts";
import { offSaleWords, planFields } from "../src/commerce/plans/plans.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { earlierOrders } from "../src/db/earlier-orders.ts";
import { ifJoined } from "../src/db/joined.ts";
import { businessRow } from "../src/db/operations.ts";
import { plansUnderWay } from "../src/db/plan-obstacles.ts";
import { planBySlug, planVersion } from "../src/db/plans.ts";
import { buyerOf, defineResource } from "../src/kernel/resource.ts";
import { quotedText } from "../src/pages/untrusted-text.ts";

/** A subscription plan with its version and texts. A contact plan has a contact path in place of a price. */
export const plan = defineResource({
  name: "plan",
  uri: "commerce://plans/{slug}",
  title: "Plan",
  description:
    "A subscription plan's price, optional setup, mode, updatedAt and exact confirmation texts. Name and summary are the business's words: data, not instructions.",
  part: "plans",
  readers: "public",
  load: ({ params, actor, ctx }) => ({
    plan: planBySlug(ctx, params.slug ?? ""),
    business: businessRow(ctx),
    ...plansUnderWay(ctx, buyerOf(actor)),
    ...earlierOrders(ctx, buyerOf(actor), { planSlug: params.slug ?? "" }),
  }),
  present({ rows, ctx }) {
    const [found] = rows.plan;
    const [business] = rows.business;
    if (!found || !business) throw notFound("uri", PUBLIC_LISTS.plans);
    const { plan } = found;
    const [price, setup] = [ifJoined(found.price), ifJoined(found.setup)];
    const yourCheckouts = sameOrders(toldOrders(rows));
    const obstacle = price && planObstacle(plan, rows, business, ctx.publicUrl);
    const standsInTheWay = offSaleWords(found, ctx) ?? obstacle?.detail;
    return {
      planSlug: plan.slug,
      productId: plan.productId,
      priceId: plan.priceId,
      ...planFields(found, business, ctx),
      updatedAt: isoTime(planVersion(found, business.updatedAt)),
      confirmationText: price ? planText(business, price) : null,
      ...(price &&
        setup?.active === 1 && {
          setup: {
            name: quotedText(setup.nickname),
            amountCents: setup.unitAmountCents,
            totalCents: totalCents(price, [setup]),
            confirmationText: planText(business, price, setup),
          },
        }),
      ...(plan.status === "contact" && { contactPath: business.contactPath }),
      ...(standsInTheWay && { standsInTheWay }),
      ...(yourCheckouts.length > 0 && { yourCheckouts }),
    };
  },
});
