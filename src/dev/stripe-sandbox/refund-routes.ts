import type Stripe from "stripe";
import { charges } from "./charges.ts";
import { type Stored, whereBody } from "./collection.ts";
import { invalid, missing } from "./errors.ts";
import {
  choice,
  expandable,
  integer,
  metadata,
  notSimulated,
  pagination,
  type Reader,
  range,
  text,
} from "./parameters.ts";
import { type OfInvoice, paymentIntents } from "./payment-intents.ts";
import { refunded, refunds } from "./refunds.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

const createRefund = route(
  "POST /v1/refunds",
  {
    amount: integer({ min: 1 }),
    charge: text(),
    currency: notSimulated(),
    customer: notSimulated(),
    expand: expandable(),
    instructions_email: notSimulated(),
    metadata: metadata(),
    origin: notSimulated(),
    payment_intent: text(),
    reason: choice(["duplicate", "fraudulent", "requested_by_customer"]),
    refund_application_fee: notSimulated(),
    reverse_transfer: notSimulated(),
  } satisfies Record<keyof Stripe.RefundCreateParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const { refund, change } = refunded(sandbox, await paidCharge(sandbox, parameters), parameters);
    return { body: refund, change };
  },
);

const retrieveRefund = route("GET /v1/refunds/:id", { expand: expandable() }, async (sandbox, { id }) => {
  return { body: (await refunds.require(sandbox, id, "id")).body };
});

const listRefunds = route(
  "GET /v1/refunds",
  {
    ...pagination,
    charge: text(),
    created: range(),
    expand: expandable(),
    payment_intent: text(),
  } satisfies Record<keyof Stripe.RefundListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("charge", parameters.charge),
      ...whereBody("payment_intent", parameters.payment_intent),
    ];
    return { body: await refunds.list(sandbox, parameters, filters) };
  },
);

/** The calls of this resource. */
export const refundRoutes = [createRefund, listRefunds, retrieveRefund];

/** The charge of a payment, by its own id or its payment intent's. Refuses both and neither. */
export async function paidCharge(
  sandbox: Sandbox,
  payment: { charge?: string | undefined; payment_intent?: string | undefined },
): Promise<Stored<Stripe.Charge, OfInvoice>> {
  if (payment.charge !== undefined && payment.payment_intent !== undefined) {
    throw invalid("charge", "You may only specify one of these parameters: charge, payment_intent.");
  }
  if (payment.charge !== undefined) return charges.require(sandbox, payment.charge, "charge");
  if (payment.payment_intent === undefined) throw missing("payment_intent");
  const { body } = await paymentIntents.require(sandbox, payment.payment_intent, "payment_intent");
  if (typeof body.latest_charge !== "string") {
    throw invalid("payment_intent", `This PaymentIntent (${body.id}) does not have a successful charge to refund.`);
  }
  return charges.require(sandbox, body.latest_charge, "charge");
}
