import type { Account } from "./account.ts";
import { invalid, missing } from "./errors.ts";
import type { PricedLine } from "./session-lines.ts";
import type { CreateSession } from "./session-parameters.ts";

/** What request and account settle together about a session. */
interface SessionSettings {
  automaticTax: boolean;
  /** True: Stripe sells, as merchant of record, and answers for tax. */
  managed: boolean;
  adaptive: boolean;
  /** The buyer's own currency where it is offered. */
  presented: Account["adaptivePricingDefault"];
}

/** The settings of a session: what the request leaves out follows the account. Throws Stripe's refusal of a combination. */
export function sessionSettings(
  request: Pick<CreateSession, "adaptive_pricing" | "automatic_tax" | "managed_payments">,
  lines: readonly PricedLine[],
  account: Account,
): SessionSettings {
  const managed = request.managed_payments?.enabled ?? account.managedPaymentsDefault;
  if (managed) assertManageable(request, lines);
  const automaticTax = managed || (request.automatic_tax?.enabled ?? account.automaticTaxDefault);
  if (automaticTax && !managed && account.tax === null) {
    throw invalid(
      "automatic_tax",
      "Stripe Tax has not been activated on your account. Please visit https://stripe.com/docs/tax/set-up to get started.",
      "stripe_tax_inactive",
    );
  }
  const adaptive = request.adaptive_pricing?.enabled ?? account.adaptivePricingDefault !== null;
  return { automaticTax, managed, adaptive, presented: adaptive ? account.adaptivePricingDefault : null };
}

/** Each product that Stripe sells as merchant of record needs a tax code; Stripe then decides on tax by itself. */
function assertManageable(request: Pick<CreateSession, "automatic_tax">, lines: readonly PricedLine[]): void {
  const untold = lines.findIndex(({ taxCode }) => taxCode === null);
  if (untold >= 0) throw missing(`line_items[${untold}][price_data][product_data][tax_code]`);
  if (request.automatic_tax !== undefined) {
    throw invalid("automatic_tax", "The Stripe sandbox does not simulate automatic_tax beside managed payments.");
  }
}
