import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection, whereBody } from "./collection.ts";
import { newId } from "./ids.ts";
import { expandable, notSimulated, pagination, type Reader, range, text } from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

/** All stored customers. */
export const customers = collection<Stripe.Customer, null>("customer", "customers");

/** The customer that Stripe creates for the buyer of a checkout. */
export function newCustomer(sandbox: Sandbox, of: { email: string; currency: string }): Stripe.Customer {
  return {
    id: newId("cus", 14),
    object: "customer",
    address: null,
    balance: 0,
    created: seconds(sandbox.now),
    currency: of.currency,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: of.email,
    invoice_prefix: newId("", 8).slice(1).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: sandbox.livemode,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: ["en"],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  } satisfies Stripe.Customer;
}

const retrieveCustomer = route("GET /v1/customers/:id", { expand: expandable() }, async (sandbox, { id }) => {
  return { body: (await customers.require(sandbox, id, "id")).body };
});

const listCustomers = route(
  "GET /v1/customers",
  {
    ...pagination,
    created: range(),
    email: text(512),
    expand: expandable(),
    test_clock: notSimulated(),
  } satisfies Record<keyof Stripe.CustomerListParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    return { body: await customers.list(sandbox, parameters, whereBody("email", parameters.email)) };
  },
);

/** The calls of this resource. */
export const customerRoutes = [retrieveCustomer, listCustomers];
