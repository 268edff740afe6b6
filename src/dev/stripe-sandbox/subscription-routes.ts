import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { type Filter, whereBody } from "./collection.ts";
import { invalid } from "./errors.ts";
import { invoices, shownInvoice } from "./invoices.ts";
import {
  choice,
  expandable,
  fields,
  flag,
  integer,
  metadataChange,
  notSimulated,
  pagination,
  type Reader,
  range,
  required,
  text,
  unsettable,
} from "./parameters.ts";
import { subscriptionResumed } from "./resuming.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";
import { canceled, subscriptionPaused, subscriptionUpdated } from "./subscription-changes.ts";
import { subscriptions, type WireSubscription } from "./subscriptions.ts";

const cancellationDetails = fields({
  comment: unsettable(text()),
  feedback: unsettable(
    choice([
      "customer_service",
      "low_quality",
      "missing_features",
      "other",
      "switched_service",
      "too_complex",
      "too_expensive",
      "unused",
    ]),
  ),
  feedback_option: notSimulated(),
} satisfies Record<keyof Stripe.SubscriptionUpdateParams.CancellationDetails, Reader<unknown>>);

const expand = expandable("latest_invoice");

const retrieveSubscription = route("GET /v1/subscriptions/:id", { expand }, async (sandbox, { id, parameters }) => {
  const { body } = await subscriptions.require(sandbox, id, "id");
  return { body: await expanded(sandbox, body, parameters.expand) };
});

const listSubscriptions = route(
  "GET /v1/subscriptions",
  {
    ...pagination,
    automatic_tax: notSimulated(),
    collection_method: choice(["charge_automatically", "send_invoice"]),
    created: range(),
    current_period_end: notSimulated(),
    current_period_start: notSimulated(),
    customer: text(),
    customer_account: notSimulated(),
    expand: expandable(),
    plan: notSimulated(),
    price: notSimulated(),
    status: choice([
      "active",
      "all",
      "canceled",
      "ended",
      "incomplete",
      "incomplete_expired",
      "past_due",
      "paused",
      "trialing",
      "unpaid",
    ]),
    test_clock: notSimulated(),
  } satisfies Record<keyof Stripe.SubscriptionListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const filters = [
      ...ofStatus(parameters.status),
      ...whereBody("customer", parameters.customer),
      ...whereBody("collection_method", parameters.collection_method),
    ];
    return { body: await subscriptions.list(sandbox, parameters, filters) };
  },
);

const updateSubscription = route(
  "POST /v1/subscriptions/:id",
  {
    add_invoice_items: notSimulated(),
    application_fee_percent: notSimulated(),
    automatic_tax: notSimulated(),
    billing_cycle_anchor: notSimulated(),
    billing_schedules: notSimulated(),
    billing_thresholds: notSimulated(),
    cancel_at: unsettable(integer()),
    cancel_at_period_end: flag(),
    cancellation_details: cancellationDetails,
    collection_method: notSimulated(),
    days_until_due: notSimulated(),
    default_payment_method: notSimulated(),
    default_source: notSimulated(),
    default_tax_rates: notSimulated(),
    description: unsettable(text(500)),
    discounts: notSimulated(),
    expand,
    invoice_settings: notSimulated(),
    items: notSimulated(),
    metadata: metadataChange(),
    off_session: notSimulated(),
    on_behalf_of: notSimulated(),
    pause_collection: unsettable(
      fields({
        behavior: required(choice(["keep_as_draft", "mark_uncollectible", "void"])),
        resumes_at: integer(),
      } satisfies Record<keyof Stripe.SubscriptionUpdateParams.PauseCollection, Reader<unknown>>),
    ),
    payment_behavior: notSimulated(),
    payment_settings: notSimulated(),
    pending_invoice_item_interval: notSimulated(),
    proration_behavior: notSimulated(),
    proration_date: notSimulated(),
    transfer_data: notSimulated(),
    trial_end: notSimulated(),
    trial_from_plan: notSimulated(),
    trial_settings: notSimulated(),
  } satisfies Record<keyof Stripe.SubscriptionUpdateParams, Reader<unknown>>,
  async (sandbox, { id, parameters }) => {
    const stored = await subscriptions.require(sandbox, id, "id");
    const { subscription, change } = subscriptionUpdated(sandbox, stored, parameters);
    return { body: await expanded(sandbox, subscription, parameters.expand), change };
  },
  ({ cancel_at, cancel_at_period_end, pause_collection }, { now }) => {
    if (typeof cancel_at === "number" && cancel_at_period_end !== undefined) {
      throw invalid("cancel_at", "You may only specify one of these parameters: cancel_at, cancel_at_period_end.");
    }
    if (typeof cancel_at === "number" && cancel_at <= seconds(now)) {
      throw invalid("cancel_at", "The timestamp must be an integer Unix timestamp in the future.");
    }
    const resumesAt = pause_collection?.resumes_at;
    if (resumesAt !== undefined && resumesAt <= seconds(now)) {
      throw invalid("pause_collection[resumes_at]", "The timestamp must be an integer Unix timestamp in the future.");
    }
  },
);

const cancelSubscription = route(
  "DELETE /v1/subscriptions/:id",
  {
    cancellation_details: cancellationDetails,
    expand,
    invoice_now: notSimulated(),
    prorate: notSimulated(),
  } satisfies Record<keyof Stripe.SubscriptionCancelParams, Reader<unknown>>,
  async (sandbox, { id, parameters }) => {
    const stored = await subscriptions.require(sandbox, id, "id");
    const comment = parameters.cancellation_details;
    const { subscription, change } = canceled(sandbox, stored, "cancellation_requested", comment);
    return { body: await expanded(sandbox, subscription, parameters.expand), change };
  },
);

const pauseSubscription = route(
  "POST /v1/subscriptions/:id/pause",
  {
    bill_for: notSimulated(),
    expand,
    invoicing_behavior: notSimulated(),
    type: choice(["subscription"]),
  } satisfies Record<keyof Stripe.SubscriptionPauseParams, Reader<unknown>>,
  async (sandbox, { id, parameters }) => {
    const { subscription, change } = subscriptionPaused(sandbox, await subscriptions.require(sandbox, id, "id"));
    return { body: await expanded(sandbox, subscription, parameters.expand), change };
  },
);

const resumeSubscription = route(
  "POST /v1/subscriptions/:id/resume",
  {
    billing_cycle_anchor: fields({
      type: required(choice(["now", "unchanged"])),
    } satisfies Record<keyof Stripe.SubscriptionResumeParams.BillingCycleAnchor, Reader<unknown>>),
    expand,
    payment_behavior: choice(["resume_on_payment_attempt", "resume_on_payment_success"]),
    proration_behavior: choice(["none"]),
    proration_date: notSimulated(),
  } satisfies Record<keyof Stripe.SubscriptionResumeParams, Reader<unknown>>,
  async (sandbox, { id, parameters }) => {
    const { subscription, change } = await subscriptionResumed(
      sandbox,
      await subscriptions.require(sandbox, id, "id"),
      {
        anchor: parameters.billing_cycle_anchor?.type ?? "now",
        behavior: parameters.payment_behavior ?? "resume_on_payment_attempt",
      },
    );
    return { body: await expanded(sandbox, subscription, parameters.expand), change };
  },
);

/** The calls of this resource. */
export const subscriptionRoutes = [
  listSubscriptions,
  retrieveSubscription,
  updateSubscription,
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
];

/** The subscription with `latest_invoice` expanded. An invoice that this call makes is not stored yet and stays an id. */
async function expanded(sandbox: Sandbox, body: WireSubscription, wanted: string[] | undefined): Promise<object> {
  if (!wanted?.includes("latest_invoice") || body.latest_invoice === null) return body;
  const invoice = await invoices.find(sandbox, body.latest_invoice);
  return { ...body, latest_invoice: invoice ? shownInvoice(invoice.body) : body.latest_invoice };
}

function ofStatus(status: string | undefined): Filter[] {
  if (status === "all") return [];
  if (status === undefined) return [{ sql: "json_extract(body, '$.status') <> 'canceled'", values: [] }];
  if (status === "ended") return whereBody("status", "canceled");
  return whereBody("status", status);
}
