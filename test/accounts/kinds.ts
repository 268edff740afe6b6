import { HANDLED_EVENT_TYPES } from "../../src/db/schema/vocabulary.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { AccountChange } from "../../src/dev/stripe-sandbox/client.ts";
import { taxedFiles } from "../support/taxed-seeds.ts";
import type { World, WorldOptions } from "../support/world.ts";

/** A Stripe account, the business that sells through it, and what a sale has to come to. */
export interface AccountKind {
  readonly name: string;
  /** Other settings than a plain account's. */
  readonly account?: AccountChange;
  /** `refused`: Stripe makes no session, so nothing is charged. */
  readonly sale: "charged" | "refused";
  /** The percentage that the sentence's `plus tax` stands for. */
  readonly addedPercent?: number;
  /** Makes the account or the network so, before each sale. */
  readonly before?: (world: World) => Promise<unknown>;
  /** Runs before each delivery of events. */
  readonly amid?: (world: World) => Promise<unknown>;
}

/** Kinds of accounts with one business, which one test file runs. */
export interface Group {
  readonly options: WorldOptions;
  readonly kinds: readonly AccountKind[];
}

const tax = { percent: 9 };
const euros = { currency: "eur", rate: 0.932 };

/** Events of another application in the same account, one of them in a shape that is not ours. */
async function foreignEvents({ sandbox }: World): Promise<void> {
  const event = (type: string, object: Record<string, unknown>) => sandbox.event({ type, object });
  await event("customer.subscription.updated", { id: "sub_foreign", object: "subscription", status: "active" });
  await event("invoice.paid", { id: "in_foreign", object: "invoice", subscription: "sub_foreign", paid: true });
  await event("checkout.session.completed", {
    id: "cs_test_foreign",
    object: "checkout.session",
    client_reference_id: "order-77",
    metadata: { order: "77" },
    amount_total: 4_200,
  });
}

/** What the account does by itself about money. Nothing of it may change what is charged. */
export const MONEY: Group = {
  options: {},
  kinds: [
    { name: "plain, flexible_billing", sale: "charged", account: { billingMode: "flexible" } },
    { name: "adds_tax_exclusive", sale: "charged", account: { automaticTaxDefault: true, tax } },
    { name: "managed_payments_on", sale: "charged", account: { managedPaymentsDefault: true } },
    { name: "adaptive_pricing_on", sale: "charged", account: { adaptivePricingDefault: euros } },
    { name: "classic_billing", sale: "charged", account: { billingMode: "classic" } },
    {
      name: "every_default_on",
      sale: "charged",
      account: { automaticTaxDefault: true, tax, managedPaymentsDefault: true, adaptivePricingDefault: euros },
    },
  ],
};

/** How events come. After one scheduled run nothing of it may matter. */
export const EVENTS: Group = {
  options: {},
  kinds: [
    { name: "endpoint_of_2022", sale: "charged", account: { eventsApiVersion: "2022-08-01" } },
    {
      name: "endpoint_without_invoice_payment_paid",
      sale: "charged",
      account: { disabledEvents: ["invoice_payment.paid"] },
    },
    { name: "endpoint_without_events", sale: "charged", account: { disabledEvents: [...HANDLED_EVENT_TYPES] } },
    {
      name: "endpoint_of_2022_without_invoices",
      sale: "charged",
      account: { eventsApiVersion: "2022-08-01", disabledEvents: ["invoice.paid", "charge.refunded"] },
    },
    { name: "shared_with_another_app", sale: "charged", amid: foreignEvents },
    {
      name: "restricted_key_without_reading_money",
      sale: "charged",
      account: { missingRights: ["invoices_read", "payment_intents_read", "invoice_payments_read"] },
    },
  ],
};

/** Stripe refuses the session: nothing is charged, and nothing stays open. */
export const REFUSALS: Group = {
  options: {},
  kinds: [
    {
      name: "restricted_key_without_sessions",
      sale: "refused",
      account: { missingRights: ["checkout_sessions_write"] },
    },
    {
      name: "restricted_key_403_without_code",
      sale: "refused",
      before: ({ sandbox }) =>
        sandbox.fault({ target: "api", path: "POST /v1/checkout/sessions", kind: "status", status: 403 }),
    },
    { name: "knows_no_managed_payments", sale: "refused", account: { unknownParameters: ["managed_payments"] } },
    { name: "knows_no_adaptive_pricing", sale: "refused", account: { unknownParameters: ["adaptive_pricing"] } },
    {
      name: "minimum_not_reached",
      sale: "refused",
      // As after a change of prices beside the check of the catalog.
      before: ({ db }) => db.exec("UPDATE commerce_prices SET unit_amount_cents = 10"),
    },
  ],
};

/** A business that adds tax, and one without Stripe Tax. */
export const TAX_ADDED: Group = {
  options: { business: () => parseBusiness(taxedFiles("exclusive")) },
  kinds: [
    { name: "tax_added", sale: "charged", account: { tax }, addedPercent: 9 },
    { name: "tax_added_nothing_due", sale: "charged", account: { tax: { percent: 0 } }, addedPercent: 0 },
    {
      name: "tax_added_every_default_on_2022",
      sale: "charged",
      account: {
        tax: { percent: 7.25 },
        automaticTaxDefault: true,
        managedPaymentsDefault: true,
        adaptivePricingDefault: euros,
        eventsApiVersion: "2022-08-01",
      },
      addedPercent: 7.25,
    },
    { name: "tax_not_set_up", sale: "refused", account: { tax: null } },
  ],
};

/** A business whose prices include their tax. */
export const TAX_INCLUDED: Group = {
  options: { business: () => parseBusiness(taxedFiles("inclusive")) },
  kinds: [
    { name: "tax_included", sale: "charged", account: { tax } },
    {
      name: "tax_included_adaptive_2022",
      sale: "charged",
      account: { tax, adaptivePricingDefault: euros, eventsApiVersion: "2022-08-01" },
    },
  ],
};
