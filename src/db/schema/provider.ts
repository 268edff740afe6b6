import { index, integer, primaryKey, text } from "drizzle-orm/sqlite-core";
import { instant, oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv } from "./declare.ts";
import * as words from "./vocabulary.ts";

/** What Stripe refused for good, and prices of Stripe's that were refused here: one row for each call and reason. */
export const providerRefusals = declareTable(
  "provider_refusals",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripeMode: internal(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    stripeCall: internal(text("stripe_call", { enum: words.STRIPE_CALLS }).notNull()),
    /** Words of `Refusal`: Stripe's, or `price_differs` and the field of the price. */
    errorType: internal(text("error_type").notNull()),
    errorCode: internal(text("error_code").notNull()),
    /** The path of a parameter that we send, or the catalog's price; `other` or `none`. */
    errorParam: internal(text("error_param").notNull()),
    count: internal(integer("count").notNull()),
    firstAt: internal(instant("first_at").notNull()),
    lastAt: internal(instant("last_at").notNull()),
    lastStatus: internal(integer("last_status").notNull()),
    lastOperationId: internal(text("last_operation_id")),
    lastCheckoutIntentId: internal(text("last_checkout_intent_id")),
    /** Stripe's id of the request, by which its dashboard finds the log line. For the owner's page alone. */
    lastRequestId: priv(text("last_request_id")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripeMode, t.stripeCall, t.errorType, t.errorCode, t.errorParam] }),
    index("provider_refusals_last").on(t.ownerUserId, t.lastAt),
    oneOf("provider_refusals_mode", t.stripeMode, words.STRIPE_MODES),
    oneOf("provider_refusals_call", t.stripeCall, words.STRIPE_CALLS),
  ],
);

/** A mode whose key Stripe refused: nothing is started in it until Stripe takes the key, or the mode has another one. */
export const closedModes = declareTable(
  "closed_modes",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    stripeMode: internal(text("stripe_mode", { enum: words.STRIPE_MODES }).notNull()),
    /** A keyed hash of the refused key. */
    keyHash: priv(text("key_hash").notNull()),
    closedAt: internal(instant("closed_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.stripeMode] }),
    oneOf("closed_modes_mode", t.stripeMode, words.STRIPE_MODES),
  ],
);
