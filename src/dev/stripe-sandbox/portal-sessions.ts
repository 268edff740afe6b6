import type Stripe from "stripe";
import { seconds } from "./clock.ts";
import { collection } from "./collection.ts";
import { customers } from "./customers.ts";
import { newId } from "./ids.ts";
import { expandable, notSimulated, type Reader, required, text, webAddress } from "./parameters.ts";
import { route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";

const MINUTES_5 = 5 * 60;
const HOUR = 60 * 60;

/** The secret in the address of a portal session, and the time of its last use in epoch seconds. */
interface PortalHidden {
  secret: string;
  usedAt: number | null;
}

/** All stored portal sessions. */
export const portalSessions = collection<Stripe.BillingPortal.Session, PortalHidden>(
  "billing_portal.session",
  "billing_portal/sessions",
);

/** The portal session of this address, of either mode; null when the secret is unknown or the link has expired. */
export async function openPortalSession(sandbox: Sandbox, secret: string) {
  const [found] = await portalSessions.all(sandbox, {
    sql: "json_extract(hidden, '$.secret') = ?",
    values: [secret],
  });
  if (found === undefined) return null;
  const { usedAt } = found.hidden;
  const validUntil = usedAt === null ? found.body.created + MINUTES_5 : usedAt + HOUR;
  return seconds(sandbox.now) > validUntil ? null : found;
}

const createPortalSession = route(
  "POST /v1/billing_portal/sessions",
  {
    after_expiration: notSimulated(),
    configuration: notSimulated(),
    customer: required(text()),
    customer_account: notSimulated(),
    expand: expandable(),
    flow_data: notSimulated(),
    locale: text(10),
    on_behalf_of: notSimulated(),
    return_url: webAddress(),
  } satisfies Record<keyof Stripe.BillingPortal.SessionCreateParams, Reader<unknown>>,
  async (sandbox, { parameters }) => {
    const { body: customer } = await customers.require(sandbox, parameters.customer, "customer");
    const secret = newId(sandbox.livemode ? "live" : "test", 48);
    const body = {
      id: newId("bps"),
      object: "billing_portal.session",
      configuration: "bpc_sandbox",
      created: seconds(sandbox.now),
      customer: customer.id,
      customer_account: null,
      flow: null,
      livemode: sandbox.livemode,
      locale: parameters.locale ?? null,
      on_behalf_of: null,
      return_url: parameters.return_url ?? null,
      url: `${sandbox.env.PUBLIC_URL}/p/session/${secret}`,
    } satisfies Stripe.BillingPortal.Session;
    return { body, change: { writes: portalSessions.insert(sandbox, body, { secret, usedAt: null }), events: [] } };
  },
);

/** The calls of this resource. */
export const portalRoutes = [createPortalSession];
