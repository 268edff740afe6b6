import type { IntentRow } from "../../db/checkouts.ts";
import type { Query } from "../../db/database.ts";
import type { PaymentFactRow } from "../../db/purchase-rows.ts";
import { insertFacts, raisePaymentFact } from "../../db/purchases.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import type { Context } from "../../kernel/context.ts";
import type { ReportedPayment } from "../../stripe/payment-events.ts";
import type { Deciding, Source } from "./decision.ts";
import type { Report, ReportedMoney } from "./report.ts";

/** What in a session's price contradicts what was confirmed. */
export function contradictedBy({ amountCents, currency, livemode }: ReportedMoney, intent: IntentRow): CheckoutFact[] {
  const told: CheckoutFact[] = [];
  if (amountCents !== intent.amountCents) told.push("amount_mismatch");
  if (currency !== intent.currency) told.push("currency_mismatch");
  if (livemode !== (intent.stripeMode === "live")) told.push("mode_mismatch");
  return told;
}

/** What a report tells of a checkout that was not known, with what in it contradicts what was confirmed. */
export function freshFacts(
  { facts, money }: Report,
  {
    firstInvoicePaid,
    known,
    intent,
  }: {
    readonly firstInvoicePaid: boolean;
    readonly known: ReadonlySet<CheckoutFact>;
    readonly intent: IntentRow;
  },
): CheckoutFact[] {
  const told = new Set([...facts, ...(money ? contradictedBy(money, intent) : [])]);
  // A plan's first invoice is paid as surely as its session is, also when the session's own word of it is lost.
  if (firstInvoicePaid) told.add("paid");
  return [...told].filter((fact) => !known.has(fact));
}

/** What a session says was paid, which an earlier word of it cannot lessen. */
export function paidAfter({ facts, money }: Report, { paidCents }: IntentRow): number | null {
  const told = facts.includes("paid") ? (money?.amountCents ?? null) : null;
  return told === null ? paidCents : Math.max(told, paidCents ?? 0);
}

export function factWrites(fresh: readonly CheckoutFact[], { intent, source, ctx }: Deciding): Query[] {
  if (fresh.length === 0) return [];
  return [
    insertFacts(
      ctx,
      fresh.map((fact) => ({
        ownerUserId: ctx.ownerUserId,
        checkoutIntentId: intent.id,
        fact,
        stripeEventId: source.stripeEventId,
        occurredAt: source.at,
      })),
    ),
  ];
}

export type KnownPayment = Pick<
  PaymentFactRow,
  "kind" | "stripeObjectId" | "stripePaymentIntentId" | "state" | "rank" | "amountCents"
>;

/** All that is known of a payment with what was just told in it, and which of that is news. */
export function mergedPayments(
  known: readonly KnownPayment[],
  told: readonly ReportedPayment[],
): { readonly payments: readonly KnownPayment[]; readonly news: readonly ReportedPayment[] } {
  // Several payments can pay one invoice, and each is kept under it.
  const same = (one: KnownPayment, { kind, objectId, paymentIntentId }: ReportedPayment) =>
    one.kind === kind && one.stripeObjectId === objectId && one.stripePaymentIntentId === paymentIntentId;
  const news = told.filter((payment) => !known.some((row) => same(row, payment) && row.rank >= payment.rank));
  const kept = known.filter((row) => !news.some((payment) => same(row, payment)));
  const rows = news.map(({ kind, objectId, paymentIntentId, state, rank, amountCents }) => ({
    kind,
    stripeObjectId: objectId,
    stripePaymentIntentId: paymentIntentId,
    state,
    rank,
    amountCents,
  }));
  return { payments: [...kept, ...rows], news };
}

export function paymentWrites(told: readonly ReportedPayment[], source: Source, ctx: Context): Query[] {
  return told.map(({ paymentIntentId, objectId, kind, state, rank, amountCents }) =>
    raisePaymentFact(ctx, {
      ownerUserId: ctx.ownerUserId,
      stripePaymentIntentId: paymentIntentId,
      stripeObjectId: objectId,
      kind,
      state,
      rank,
      amountCents,
      stripeEventId: source.stripeEventId ?? "",
      occurredAt: source.at,
    }),
  );
}
