import { confirmedText, paidText, taxSuffix } from "../commerce/tax.ts";
import { blockedWords } from "../commerce/words.ts";
import type { IntentRow, LineRow } from "../db/checkouts.ts";
import { MOST_PERIODS, type orderQueries } from "../db/order-details.ts";
import type { BlockedReason } from "../db/schema/vocabulary.ts";
import { foldPayments, type PaymentStanding } from "../facts/payment-fold.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Money as Amount, Amounts, Day, OwnWords, When } from "../pages/locale.tsx";

type Queries = ReturnType<typeof orderQueries>;
type PaymentRow = Awaited<Queries["payments"]>[number];
type PeriodRow = Awaited<Queries["periods"]>[number];

const DISPUTE_WORDS: Readonly<Record<PaymentStanding["dispute"], string>> = {
  none: "",
  open: "disputed at the bank, not decided yet",
  lost: "disputed at the bank, which took it back",
};

/** What was bought, what was confirmed and paid, and what came back. */
export function Money(props: { intent: IntentRow; lines: readonly LineRow[]; payments: readonly PaymentRow[] }) {
  const { intent, lines } = props;
  const { currency, taxBehavior } = intent;
  const standing = foldPayments(
    props.payments.filter(({ stripePaymentIntentId }) => stripePaymentIntentId === intent.stripePaymentIntentId),
  );
  return (
    <>
      <Table
        label="What was bought"
        head={["What", "Price"]}
        empty="This order has no line."
        rows={lines.map(({ name, unitAmountCents }) => [
          <OwnWords>{name}</OwnWords>,
          <>
            <Amount cents={unitAmountCents} currency={currency} />
            {taxSuffix(taxBehavior)}
          </>,
        ])}
      />
      <Facts
        facts={[
          ["Confirmed", <Amounts of={(write) => confirmedText(intent, write)} />],
          ["Paid", <Amounts of={(write) => paidText(intent, write)} />],
          intent.paidAt !== null && ["Paid at", <When at={intent.paidAt} />],
          ["Came back", <CameBack standing={standing} currency={currency} />],
          ["Started", <When at={intent.createdAt} />],
        ]}
      />
    </>
  );
}

function CameBack({ standing, currency }: { standing: PaymentStanding; currency: string }) {
  const { refundedCents, dispute } = standing;
  if (refundedCents === 0 && dispute === "none") return <>nothing</>;
  return (
    <>
      {refundedCents > 0 && (
        <>
          <Amount cents={refundedCents} currency={currency} /> refunded
        </>
      )}
      {refundedCents > 0 && dispute !== "none" && ", "}
      {DISPUTE_WORDS[dispute]}
    </>
  );
}

/** The paid periods of a plan, the first one too: each with its tax and what came back. */
export function Periods({ periods, payments }: { periods: readonly PeriodRow[]; payments: readonly PaymentRow[] }) {
  return (
    <>
      <h2>Paid periods</h2>
      <Table
        label="Paid periods"
        head={["From", "To", "Paid", "Paid at", "Came back", "Service"]}
        empty=""
        rows={periods.slice(0, MOST_PERIODS).map((period) => [
          <Day at={period.periodStart} />,
          <Day at={period.periodEnd} />,
          <Amounts
            of={(write) =>
              paidText(
                {
                  paidCents: period.amountCents,
                  currency: period.currency,
                  taxCents: period.taxCents === 0 ? null : period.taxCents,
                },
                write,
              )
            }
          />,
          period.paidAt === null ? "" : <When at={period.paidAt} />,
          <CameBack
            standing={foldPayments(
              payments.filter(
                ({ stripePaymentIntentId }) =>
                  period.stripePaymentIntentId !== null && stripePaymentIntentId === period.stripePaymentIntentId,
              ),
            )}
            currency={period.currency}
          />,
          period.unserved === 1 ? <a href="/owner/money-without-service">the plan gave nothing for it</a> : "",
        ])}
      />
      {periods.length > MOST_PERIODS && (
        <p class="soft">{`These are the ${MOST_PERIODS} newest periods. Stripe's dashboard lists all invoices.`}</p>
      )}
    </>
  );
}

/** Why an order is blocked: both amounts, and what is awaited. */
export function Blocked({ intent, reason }: { intent: IntentRow; reason: BlockedReason }) {
  return (
    <section class="card" aria-label="Why this order is blocked">
      <Facts
        facts={[
          ["Confirmed amount", <Amounts of={(write) => confirmedText(intent, write)} />],
          ["Paid", <Amounts of={(write) => paidText(intent, write)} />],
          ["What to do", blockedWords(reason, intent.planSlug)],
        ]}
      />
      <p>
        A blocked order gives no access. Only Stripe's next report changes it. <a href="#stripe">Find it at Stripe</a>.
      </p>
    </section>
  );
}

/** How the owner finds the payment in Stripe's dashboard. No id of Stripe's stands here: ours is in its metadata. */
export function AtStripe({ intent }: { intent: IntentRow }) {
  return (
    <>
      <h2 id="stripe">Find it at Stripe</h2>
      <p>
        Search Stripe's dashboard{intent.stripeMode === "sandbox" ? ", in its sandbox," : ""} for this text. The order's
        id stands in the metadata of its {intent.planSlug === null ? "payment" : "subscription"}.
      </p>
      <pre>{intent.id}</pre>
    </>
  );
}
