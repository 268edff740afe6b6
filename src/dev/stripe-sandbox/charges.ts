import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection, whereBody } from "./collection.ts";
import { newId } from "./ids.ts";
import { expandable, notSimulated, pagination, type Reader, range, text } from "./parameters.ts";
import type { OfInvoice } from "./payment-intents.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** All stored charges. */
export const charges = collection<Stripe.Charge, OfInvoice>("charge", "charges");

/** The statuses of a charge. */
export type ChargeStatus = "succeeded" | "pending" | "failed";

/** The charge of an attempt to pay. It copies the payment intent's metadata of this moment, as Stripe does. */
export function newCharge(sandbox: Sandbox, intent: Stripe.PaymentIntent, email: string | null): Stripe.Charge {
  return {
    id: newId("ch"),
    object: "charge",
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: "SANDBOX",
    captured: false,
    created: seconds(sandbox.now),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: null,
    livemode: sandbox.livemode,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: null,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "pending",
    transfer_data: null,
    transfer_group: null,
    ...(intent.presentment_details ? { presentment_details: intent.presentment_details } : {}),
  } satisfies Stripe.Charge;
}

/** The charge after its payment succeeded, while it is pending, or after it failed. */
export function withStatus({ env }: Sandbox, charge: Stripe.Charge, status: ChargeStatus): Stripe.Charge {
  switch (status) {
    case "pending":
      return { ...charge, status };
    case "succeeded":
      return {
        ...charge,
        status,
        amount_captured: charge.amount,
        captured: true,
        paid: true,
        receipt_url: `${env.PUBLIC_URL}/receipts/${newId("rcpt")}`,
        outcome: outcome("authorized", "approved_by_network", "Payment complete."),
      };
    case "failed":
      return {
        ...charge,
        status,
        failure_code: "card_declined",
        failure_message: "Your card was declined.",
        outcome: outcome("issuer_declined", "declined_by_network", "The bank did not return any further details."),
      };
  }
}

const retrieveCharge = route("GET /v1/charges/:id", { expand: expandable() }, async (sandbox, { id }) => {
  return { body: (await charges.require(sandbox, id, "id")).body };
});

const listCharges = route(
  "GET /v1/charges",
  {
    ...pagination,
    created: range(),
    customer: text(),
    expand: expandable(),
    payment_intent: text(),
    transfer_group: notSimulated(),
  } satisfies Record<keyof Stripe.ChargeListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("payment_intent", parameters.payment_intent),
      ...whereBody("customer", parameters.customer),
    ];
    return { body: await charges.list(sandbox, parameters, filters) };
  },
);

/** The calls of this resource. */
export const chargeRoutes = [retrieveCharge, listCharges];

function outcome(type: string, network: string, message: string): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: network,
    reason: type === "authorized" ? null : "generic_decline",
    risk_level: "normal",
    risk_score: 20,
    seller_message: message,
    type,
  };
}
