import { signInPath } from "../auth/fresh-sign-in.ts";
import { isClosed } from "../commerce/checkout/open-mode.ts";
import { sameOpenOrder } from "../commerce/checkout/same-open-order.ts";
import { planText, totalCents } from "../commerce/confirmation-texts.ts";
import { intervalOf } from "../commerce/interval.ts";
import { isSetUp } from "../commerce/modes.ts";
import { planCheckoutContract } from "../commerce/plans/contract.ts";
import { type PlanObstacle, planObstacle } from "../commerce/plans/obstacles.ts";
import { planMode, soldPlan } from "../commerce/plans/plans.ts";
import { ROUTES } from "../commerce/routes.ts";
import { taxedText, taxOf, taxSuffix } from "../commerce/tax.ts";
import { intentById, pricedLinesOf } from "../db/checkouts.ts";
import { closedModes } from "../db/closed-modes.ts";
import { ifJoined } from "../db/joined.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { plansUnderWay } from "../db/plan-obstacles.ts";
import { allPlans, type PlanRow, planBySlug, planVersion } from "../db/plans.ts";
import { planSoldMode } from "../db/sold-mode.ts";
import type { Context } from "../kernel/context.ts";
import { Notice } from "../pages/form-parts.tsx";
import { htmlPage } from "../pages/layout.tsx";
import { Amounts, Money, OwnWords } from "../pages/locale.tsx";
import type { Site } from "../site.ts";
import { OpenOrder, openOrderAnchor, type Starter, StartForm, StartRefusal } from "./start-form.tsx";
import { type StartFault, startOrder } from "./start-order.ts";

/** `GET /pricing`: the plans; for a signed-in person also the form that starts a checkout. Changes nothing. */
export async function showPricing(request: Request, site: Site, fault?: StartFault): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const rows = await ctx.db.read({
    plans: allPlans(ctx),
    business: businessRow(ctx),
    closed: closedModes(ctx),
    ...plansUnderWay(ctx, person?.userId ?? ""),
  });
  const business = requireBusiness(rows.business);
  const form = person && { token: auth.forms.issue(request, person).token, sent: fault?.sent };
  const obstacles = new Map(
    rows.plans.map(({ plan }) => [plan.slug, planObstacle(plan, rows, business, ctx.publicUrl)] as const),
  );
  const open = await openOrders(obstacles.values(), ctx);
  const wanted = rows.plans.find(({ plan }) => plan.stripeMode !== null)?.plan.stripeMode ?? null;
  const mode = planSoldMode(wanted, ctx);
  const setUp = mode !== null && isSetUp(mode, ctx);
  const onSale = setUp && !rows.closed.some((row) => isClosed(row, mode, ctx.stripe));
  return htmlPage({
    title: "Plans",
    business,
    publicUrl: ctx.publicUrl,
    status: fault?.status ?? 200,
    // A started checkout answers with a redirect to the payment page.
    formsMayLeave: true,
    wide: true,
    content: (
      <>
        {fault && <StartRefusal fault={fault} />}
        {form &&
          open.map(({ intent, lines }) => (
            <OpenOrder intent={intent} lines={lines} business={business} formToken={form.token} ctx={ctx} />
          ))}
        {!onSale && (
          <Notice>
            Plans are not on sale here at the moment.
            {mode && !setUp && ` Stripe is not set up here in ${mode} mode.`}
          </Notice>
        )}
        {mode === "sandbox" && <Notice>This is a test shop: no plan here moves money.</Notice>}
        {!person && (
          <p>
            <a class="button primary" href={signInPath(ROUTES.pricing)}>
              Sign in to start a plan
            </a>
          </p>
        )}
        <div class="plans">
          {rows.plans.map((row) => (
            <PlanCard
              row={row}
              business={business}
              form={onSale ? form : undefined}
              obstacle={obstacles.get(row.plan.slug)}
            />
          ))}
        </div>
      </>
    ),
  });
}

/** `POST /pricing`: a person starts their own checkout. The text that they confirm stands above the button. */
export function submitPricing(request: Request, site: Site): Promise<Response> {
  return startOrder(
    {
      write: planCheckoutContract.write,
      path: ROUTES.pricing,
      args: ({ includeSetup, ...given }) => ({ ...given, ...(includeSetup === "yes" && { includeSetup: true }) }),
      same: sameOpenPlan,
      refused: (fault) => showPricing(request, site, fault),
    },
    request,
    site,
  );
}

/** The person's open order of this plan, with or without its setup as the form asks. */
async function sameOpenPlan(userId: string, fields: Readonly<Record<string, string>>, { ctx }: Site) {
  const { planSlug = "", includeSetup } = fields;
  const rows = await ctx.db.read({ plan: planBySlug(ctx, planSlug), business: businessRow(ctx) });
  const [row] = rows.plan;
  if (!row) return undefined;
  const business = requireBusiness(rows.business);
  const sold = soldPlan(row, includeSetup === "yes", business);
  const prices = sold.setup ? [sold.price, sold.setup] : [sold.price];
  return sameOpenOrder(
    userId,
    { of: { planSlug }, prices, tax: taxOf(business, prices), mode: planMode(row.plan, ctx) },
    ctx,
  );
}

/** What a person is told of their plan that is in the way of another one. */
const OBSTACLE_WORDS: Readonly<Record<PlanObstacle["state"], (name: string) => string>> = {
  active: (name) => `You have the plan ${name}, and can have one plan at a time. To change plans, end it first.`,
  running: (name) => `Your subscription to ${name} is not over. You can resume or end it.`,
  on_its_way: (name) => `Your payment for the plan ${name} is on its way.`,
  payable: (name) => `You have an open order of the plan ${name}. Pay it, or cancel it first.`,
};

/** The orders of plans that a person has not paid yet, once each. */
async function openOrders(obstacles: Iterable<PlanObstacle | undefined>, ctx: Context) {
  const ids = new Set(
    [...obstacles].flatMap((one) => (one?.state === "payable" && one.checkoutIntentId ? [one.checkoutIntentId] : [])),
  );
  return Promise.all(
    [...ids].map(async (id) => {
      const { intents, lines } = await ctx.db.read({ intents: intentById(ctx, id), lines: pricedLinesOf(ctx, id) });
      const [intent] = intents;
      if (!intent) throw new Error("a plan's order is gone");
      return { intent, lines };
    }),
  );
}

function PlanCard(props: {
  row: PlanRow;
  business: BusinessRow;
  form: Starter | undefined;
  obstacle: PlanObstacle | undefined;
}) {
  const { row, business, form, obstacle } = props;
  const { plan } = row;
  const [price, setup] = [ifJoined(row.price), ifJoined(row.setup)];
  const tax = price ? taxOf(business, [price]) : null;
  const start = form && { action: ROUTES.pricing, form, version: planVersion(row, business.updatedAt) };
  return (
    <section class="card plan" aria-labelledby={`plan-${plan.slug}`}>
      <h2 id={`plan-${plan.slug}`}>
        <OwnWords>{plan.name}</OwnWords>
      </h2>
      <p class="price">
        {price ? (
          <>
            <strong>
              <Money cents={price.unitAmountCents} currency={price.currency} />
            </strong>{" "}
            <span class="soft">{`a ${intervalOf(price)}${taxSuffix(tax)}`}</span>
          </>
        ) : (
          <strong>By agreement</strong>
        )}
      </p>
      {plan.description && (
        <p>
          <OwnWords>{plan.description}</OwnWords>
        </p>
      )}
      <ul>
        {(JSON.parse(plan.includedJson) as string[]).map((item) => (
          <li>
            <OwnWords>{item}</OwnWords>
          </li>
        ))}
      </ul>
      {plan.status === "contact" && (
        <p>
          <a class="button" href={business.contactPath}>
            {plan.cta}
          </a>
        </p>
      )}
      {price && obstacle && (
        <p>
          {obstacle.same && obstacle.state === "active"
            ? "You have this plan."
            : OBSTACLE_WORDS[obstacle.state](obstacle.name)}{" "}
          {obstacle.state === "payable" && obstacle.checkoutIntentId ? (
            <a href={`#${openOrderAnchor(obstacle.checkoutIntentId)}`}>See the order</a>
          ) : (
            <a href="/account">See your account</a>
          )}
        </p>
      )}
      {price && start && !obstacle && (
        <>
          <StartForm {...start} wish={{ planSlug: plan.slug }} text={planText(business, price)} primary>
            {plan.cta}
          </StartForm>
          {setup && (
            <StartForm
              {...start}
              wish={{ planSlug: plan.slug, includeSetup: "yes" }}
              text={planText(business, price, setup)}
            >
              <Amounts
                of={(write) => {
                  const total = taxedText(totalCents(price, [setup]), price.currency, tax, write);
                  return `${plan.cta} with ${setup.nickname}, ${total} today`;
                }}
              />
            </StartForm>
          )}
        </>
      )}
    </section>
  );
}
