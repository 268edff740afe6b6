/** The ids that an object of any API version names: Stripe's objects, and the checkouts in its metadata. */
export interface ObjectNames {
  /** Its own id; undefined where the object has none that can be asked for. */
  readonly objectId: string | undefined;
  /** Another application can write any id there. */
  readonly checkoutIds: readonly string[];
  readonly sessionId: string | undefined;
  readonly subscriptionId: string | undefined;
  readonly paymentIntentIds: readonly string[];
  readonly invoiceIds: readonly string[];
  readonly chargeId: string | undefined;
}

/** Stripe's ids and ours have these characters alone. */
const ID = /^[A-Za-z0-9_-]{1,255}$/;
/** Lines of an invoice that are looked at. Stripe puts ten into an event. */
const LINES = 10;

type Fields = Readonly<Record<string, unknown>>;

/** Reads what an object names, wherever API versions since 2020 have put it. Everything that is not an id is passed over. */
export function readNames(object: unknown): ObjectNames {
  const own = fields(object);
  const objectId = idIn(own.id);
  const is = (type: string) => (own.object === type ? objectId : undefined);
  const { subscription_details: ofParent } = fields(fields(own.parent));
  // Invoices since 2025-03-31, invoices since 2023-08-16, and lines of all versions.
  const subscribed = [own, fields(ofParent), fields(own.subscription_details), ...linesOf(own)];
  return {
    objectId,
    checkoutIds: ids(own.client_reference_id, ...subscribed.map(({ metadata }) => fields(metadata).checkout_intent_id)),
    sessionId: is("checkout.session"),
    subscriptionId: ids(is("subscription"), ...subscribed.map(({ subscription }) => subscription))[0],
    paymentIntentIds: ids(own.payment_intent, fields(own.payment).payment_intent),
    invoiceIds: ids(is("invoice"), own.invoice),
    chargeId: ids(is("charge"), own.charge)[0],
  };
}

function linesOf({ lines }: Fields): Fields[] {
  const { data } = fields(lines);
  return Array.isArray(data) ? data.slice(0, LINES).map(fields) : [];
}

/** The different ids among these values; of an expanded object its id. */
function ids(...values: readonly unknown[]): string[] {
  return [...new Set(values.map(idIn).filter((id) => id !== undefined))];
}

function idIn(value: unknown): string | undefined {
  const id = typeof value === "string" ? value : fields(value).id;
  return typeof id === "string" && ID.test(id) ? id : undefined;
}

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});
