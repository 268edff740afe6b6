import type Stripe from "stripe";
import type { Change } from "./change.ts";
import { charges } from "./charges.ts";
import { seconds } from "./clock.ts";
import { collection, type Stored, whereBody } from "./collection.ts";
import { invalid, refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { newId } from "./ids.ts";
import { expandable, pagination, type Reader, range, text } from "./parameters.ts";
import type { OfInvoice } from "./payment-intents.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

const DAYS_7 = 7 * 24 * 60 * 60;

/** The statuses of a dispute. A `warning_…` is an inquiry: the bank has taken no money. */
export const DISPUTE_STATUSES = [
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "needs_response",
  "under_review",
  "won",
  "lost",
] as const;
/** One of `DISPUTE_STATUSES`. */
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

const CLOSED: readonly string[] = ["warning_closed", "won", "lost"] satisfies DisputeStatus[];

/** All stored disputes. */
export const disputes = collection<Stripe.Dispute, null>("dispute", "disputes");

/** A dispute in its new state, and the change that stores it. */
interface DisputeOutcome {
  dispute: Stripe.Dispute;
  change: Change;
}

/** The buyer's bank opens a dispute. A warning leaves the charge as it is; any other status marks it as disputed. */
export function disputeOpened(
  sandbox: Sandbox,
  charge: Stored<Stripe.Charge, OfInvoice>,
  options: { amount?: number | undefined; reason?: string | undefined; status: DisputeStatus },
): DisputeOutcome {
  const { body } = charge;
  if (body.status !== "succeeded") throw refused(`Charge ${body.id} has not been paid and can't be disputed.`);
  if (body.disputed) throw refused(`Charge ${body.id} has been disputed already.`);
  const amount = options.amount ?? body.amount_captured;
  if (amount > body.amount_captured) throw invalid("amount", `Charge ${body.id} has only ${body.amount_captured}.`);
  const dispute = newDispute(sandbox, body, { ...options, amount, reason: options.reason ?? "fraudulent" });
  return {
    dispute,
    change: {
      writes: [...disputes.insert(sandbox, dispute, null), ...charges.replace(sandbox, charge, marked(body, dispute))],
      events: [eventOf(sandbox, "charge.dispute.created", dispute)],
    },
  };
}

/** A dispute gets another status. Refuses a closed dispute. */
export async function disputeMoved(
  sandbox: Sandbox,
  stored: Stored<Stripe.Dispute, null>,
  status: DisputeStatus,
): Promise<DisputeOutcome> {
  const before = stored.body;
  if (CLOSED.includes(before.status)) throw refused(`This dispute is closed: ${before.status}.`);
  const dispute: Stripe.Dispute = { ...before, status, is_charge_refundable: isWarning(status) };
  const charge = await charges.require(sandbox, String(before.charge), "charge");
  const type = CLOSED.includes(status) ? "charge.dispute.closed" : "charge.dispute.updated";
  return {
    dispute,
    change: {
      writes: [
        ...disputes.replace(sandbox, stored, dispute),
        ...charges.replace(sandbox, charge, marked(charge.body, dispute)),
      ],
      events: [eventOf(sandbox, type, dispute, before)],
    },
  };
}

const retrieveDispute = route("GET /v1/disputes/:id", { expand: expandable() }, async (sandbox, { id }) => {
  return { body: (await disputes.require(sandbox, id, "id")).body };
});

const listDisputes = route(
  "GET /v1/disputes",
  {
    ...pagination,
    charge: text(),
    created: range(),
    expand: expandable(),
    payment_intent: text(),
  } satisfies Record<keyof Stripe.DisputeListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...whereBody("charge", parameters.charge),
      ...whereBody("payment_intent", parameters.payment_intent),
    ];
    return { body: await disputes.list(sandbox, parameters, filters) };
  },
);

/** The calls of this resource. */
export const disputeRoutes = [retrieveDispute, listDisputes];

function newDispute(
  sandbox: Sandbox,
  charge: Stripe.Charge,
  of: { amount: number; reason: string; status: DisputeStatus },
): Stripe.Dispute {
  const created = seconds(sandbox.now);
  return {
    id: newId("du"),
    object: "dispute",
    amount: of.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: created + DAYS_7,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: isWarning(of.status),
    livemode: sandbox.livemode,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: "visa",
        case_type: isWarning(of.status) ? "inquiry" : "chargeback",
        network: "visa",
        network_reason_code: "10.4",
      },
      type: "card",
    },
    reason: of.reason,
    status: of.status,
  } satisfies Stripe.Dispute;
}

const NO_EVIDENCE = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
} satisfies Stripe.Dispute.Evidence;

function isWarning(status: string): boolean {
  return status.startsWith("warning_");
}

/** A charge with a dispute that is no warning is marked, and stays marked after it closes. */
function marked(charge: Stripe.Charge, dispute: Stripe.Dispute): Stripe.Charge {
  return { ...charge, disputed: charge.disputed || !isWarning(dispute.status) };
}
