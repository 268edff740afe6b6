import type { Child } from "hono/jsx";
import { FORM_TOKEN, type RefusedForm, SIGNED_OUT } from "../auth/forms.ts";
import type { Person } from "../auth/people.ts";
import { sessionActor } from "../auth/session-actor.ts";
import { refusalOf } from "../base/refusal.ts";
import { isoTime } from "../base/time.ts";
import { isClosed } from "../commerce/checkout/open-mode.ts";
import { planText, totalCents } from "../commerce/confirmation-texts.ts";
import { intervalOf } from "../commerce/interval.ts";
import { isSetUp } from "../commerce/modes.ts";
import { planCheckoutContract } from "../commerce/plans/contract.ts";
import { type PlanObstacle, planObstacle } from "../commerce/plans/obstacles.ts";
import { ROUTES } from "../commerce/routes.ts";
import { taxedText, taxOf, taxSuffix } from "../commerce/tax.ts";
import { closedModes } from "../db/closed-modes.ts";
import { ifJoined } from "../db/joined.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { plansUnderWay } from "../db/plan-obstacles.ts";
import { allPlans, type PlanRow, planVersion } from "../db/plans.ts";
import { planSoldMode } from "../db/sold-mode.ts";
import { runWrite } from "../kernel/run-write.ts";
import { CONFIRMATION, typedText } from "../pages/confirmation.tsx";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { htmlPage } from "../pages/layout.tsx";
import { Amounts, Money, OwnWords } from "../pages/locale.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";

/** `GET /pricing`: the plans; for a signed-in person also the form that starts a checkout. Changes nothing. */
export async function showPricing(request: Request, site: Site, fault?: Fault): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const rows = await ctx.db.read({
    plans: allPlans(ctx),
    business: businessRow(ctx),
    closed: closedModes(ctx),
    ...plansUnderWay(ctx, person?.userId ?? ""),
  });
  const business = requireBusiness(rows.business);
  const form = person && { person, token: auth.forms.issue(request, person).token };
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
        {fault && <Notice kind="bad">{fault.words}</Notice>}
        {!onSale && (
          <Notice>
            Plans are not on sale here at the moment.
            {mode && !setUp && ` Stripe is not set up here in ${mode} mode.`}
          </Notice>
        )}
        {mode === "sandbox" && <Notice>This is a test shop: no plan here moves money.</Notice>}
        {!person && (
          <p>
            <a class="button primary" href={`/sign-in?returnTo=${encodeURIComponent(ROUTES.pricing)}`}>
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
              obstacle={planObstacle(row.plan, rows, business, ctx.publicUrl)}
            />
          ))}
        </div>
      </>
    ),
  });
}

/** `POST /pricing`: a person starts their own checkout. The text that they confirm stands above the button. */
export async function submitPricing(request: Request, site: Site): Promise<Response> {
  const write = site.writes.find(({ name }) => name === planCheckoutContract.write);
  const person = await site.auth.session(request);
  const form = await site.auth.forms.read(request, person);
  if (form.kind === "refused") return showPricing(request, site, faultOf(form));
  if (!write || !person) return showPricing(request, site, faultOf(SIGNED_OUT));
  const { [FORM_TOKEN]: _token, [CONFIRMATION]: _text, includeSetup, ...given } = Object.fromEntries(form.fields);
  try {
    await site.ctx.limits.actor(person.userId);
    const actor = sessionActor(person, site.ctx);
    const args = { ...given, ...(includeSetup === "yes" && { includeSetup: true }) };
    const typed = { text: typedText(form.fields), proof: "approval_page" } as const;
    const { result } = await runWrite(write, { actor, args, typed }, site.ctx);
    return seeOtherWithoutReferrer(site.ctx.publicUrl, String(result.checkoutUrl));
  } catch (thrown) {
    const problem = refusalOf(thrown, write.name, site.ctx.log);
    const words =
      problem.code === "stale_state"
        ? "A price changed since you opened this page. Please look again."
        : problem.details.detail;
    return showPricing(request, site, { status: problem.status, words });
  }
}

/** Why a submitted form was refused; shown above the current page. */
interface Fault {
  readonly status: number;
  readonly words: string;
}

const faultOf = ({ status, title, advice }: RefusedForm): Fault => ({ status, words: `${title}. ${advice}` });

interface StartForm {
  readonly person: Person;
  readonly token: string;
}

/** What a person is told of their plan that is in the way of another one. */
const OBSTACLE_WORDS: Readonly<Record<PlanObstacle["state"], (name: string) => string>> = {
  active: (name) => `You have the plan ${name}, and can have one plan at a time. To change plans, end it first.`,
  running: (name) => `Your subscription to ${name} is not over. You can resume or end it.`,
  on_its_way: (name) => `Your payment for the plan ${name} is on its way.`,
  payable: (name) => `You have a payment page for the plan ${name} open. It ends by itself within a day.`,
};

function PlanCard(props: {
  row: PlanRow;
  business: BusinessRow;
  form: StartForm | undefined;
  obstacle: PlanObstacle | undefined;
}) {
  const { row, business, form, obstacle } = props;
  const { plan } = row;
  const [price, setup] = [ifJoined(row.price), ifJoined(row.setup)];
  const tax = price ? taxOf(business, [price]) : null;
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
          <a href="/account">See your account</a>
        </p>
      )}
      {price && form && !obstacle && (
        <>
          <Start row={row} text={planText(business, price)} business={business} form={form} primary>
            {plan.cta}
          </Start>
          {setup && (
            <Start row={row} text={planText(business, price, setup)} business={business} form={form} withSetup>
              <Amounts
                of={(write) => {
                  const total = taxedText(totalCents(price, [setup]), price.currency, tax, write);
                  return `${plan.cta} with ${setup.nickname}, ${total} today`;
                }}
              />
            </Start>
          )}
        </>
      )}
    </section>
  );
}

function Start(props: {
  row: PlanRow;
  business: BusinessRow;
  text: string;
  form: StartForm;
  withSetup?: boolean;
  primary?: boolean;
  children: Child;
}) {
  const hidden = {
    [FORM_TOKEN]: props.form.token,
    planSlug: props.row.plan.slug,
    // The same form has the same key: a double click is one checkout.
    idempotencyKey: `page-${crypto.randomUUID()}`,
    expectedUpdatedAt: isoTime(planVersion(props.row, props.business.updatedAt)),
    [CONFIRMATION]: props.text,
    ...(props.withSetup && { includeSetup: "yes" }),
  };
  return (
    <form method="post" action={ROUTES.pricing}>
      <HiddenFields fields={hidden} />
      <p class="soft">
        You confirm: <code>{props.text}</code>
      </p>
      <button type="submit" class={props.primary ? "primary" : ""}>
        {props.children}
      </button>
    </form>
  );
}
