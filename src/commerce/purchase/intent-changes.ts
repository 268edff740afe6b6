import { nextVersion } from "../../base/time.ts";
import { updateIntent } from "../../db/checkouts.ts";
import type { InvoiceRow } from "../../db/purchase-rows.ts";
import type { CheckoutFact } from "../../facts/checkout-fold.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import type { ReportedPayment } from "../../stripe/payment-events.ts";
import { FACT_WORDS } from "../words.ts";
import type { BoundIds } from "./bound.ts";
import { type Deciding, NO_CHANGES } from "./decision.ts";
import type { Report } from "./report.ts";
import type { Standing } from "./standing.ts";

/** What a report made known of a checkout. */
interface Told {
  readonly standing: Standing;
  readonly fresh: readonly CheckoutFact[];
  readonly news: readonly ReportedPayment[];
  readonly invoices: readonly InvoiceRow[];
  readonly reason: string | null;
  readonly bound: BoundIds;
  readonly paidCents: number | null;
}

/** The intent moves with every new fact, and where a report fills in what was not known of it. */
export function intentChanges(
  report: Report,
  { standing, fresh, news, invoices, reason, bound, paidCents }: Told,
  { intent, source, now, ctx }: Deciding,
): Changes {
  const change = {
    ...bound,
    paidCents,
    status: standing.status,
    // A checkout that waits for an answer of Stripe's keeps saying so until a fact is known.
    blockedReason: reason ?? (standing.status === "blocked" ? intent.blockedReason : null),
    paidAt: intent.paidAt ?? (fresh.includes("paid") ? source.at : null),
  };
  const moved = Object.entries(change).some(([key, value]) => intent[key as keyof typeof change] !== value);
  const told = summariesOf(fresh, news, invoices);
  if (!moved && told.length === 0) return NO_CHANGES;
  return {
    writes: updateIntent(ctx, intent, { ...change, updatedAt: nextVersion(intent.updatedAt, now) }),
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: intent.id,
        subjectStatus: standing.status,
        summary: told.length > 0 ? `Stripe reported ${told.join(", ")}.` : nothingElse(report),
      },
    ],
  };
}

function summariesOf(fresh: Told["fresh"], news: Told["news"], invoices: Told["invoices"]): string[] {
  return [
    ...fresh.map((fact) => FACT_WORDS[fact]),
    ...news.map(({ kind, state }) => `a ${kind.replace("_", " ")} as ${wordOf(state)}`),
    ...invoices.map(() => "a paid invoice"),
  ];
}

const nothingElse = ({ subscription }: Report): string =>
  subscription ? "Stripe named the subscription of this checkout." : "Stripe reported more about this checkout.";

/** A state is Stripe's word; a text of another shape is not repeated. */
function wordOf(state: string): string {
  return /^[a-z_]{1,40}$/.test(state) ? state.replaceAll("_", " ") : "something new";
}
