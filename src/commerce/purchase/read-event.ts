import { isOfKind } from "../../base/ids.ts";
import type { AuditEntry } from "../../db/audit.ts";
import { type PurchaseTarget, purchaseNamed } from "../../db/purchase-rows.ts";
import { type EventRow, webhookEventById } from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { fetchObject } from "../../stripe/fetch-object.ts";
import { PAGES_OF_LINES } from "../../stripe/invoice-lines.ts";
import type { ObjectNames } from "../../stripe/object-names.ts";
import { isPaymentEvent } from "../../stripe/payment-events.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";
import { type EventReading, readReport } from "./report.ts";

/** Calls that reading an event makes at most: one read of what its object names, and the object with its lines. */
export const TRIPS_TO_READ = 1 + 1 + PAGES_OF_LINES;

/** A reading that decides. In the last two kinds the event names something of ours, and Stripe gave no readable object. */
export type OwnReading =
  | Exclude<EventReading, { readonly kind: "unread" }>
  | { readonly kind: "malformed_object" | "gone_at_stripe"; readonly target: PurchaseTarget };

/**
 * Reads an event. Where its object has not the shape of our API version and names something of ours, the object is fetched
 * from Stripe by its id and read instead; the type of the event counts as it is. An object that names nothing of ours is
 * `not_ours`, whatever its shape, and costs no call to Stripe. So does an event that `staysAsStored`, which its caller
 * leaves as it is. Throws where Stripe does not answer.
 */
export async function readOwnEvent(
  event: VerifiedEvent,
  staysAsStored: (stored: EventRow) => boolean,
  ctx: Context,
): Promise<OwnReading> {
  const reading = readReport(event);
  if (reading.kind !== "unread" && reading.kind !== "other_endpoint_mode") return reading;
  const { names } = reading;
  const target = targetOf(names);
  const rows = await ctx.db.read({ stored: webhookEventById(ctx, event.id), named: purchaseNamed(ctx, target) });
  const [stored] = rows.stored;
  const namesOurs = rows.named.length > 0 || names.checkoutIds.some(isOurs);
  if (reading.kind === "other_endpoint_mode") return namesOurs ? reading : { kind: "not_ours" };
  // A refund or dispute of the oldest versions names a charge alone, which is unknown here also where it is ours.
  const mayBeOurs = namesOurs || (isPaymentEvent(event.type) && names.chargeId !== undefined);
  if ((stored && staysAsStored(stored)) || !mayBeOurs) return { kind: "not_ours" };
  const unreadable = (kind: "malformed_object" | "gone_at_stripe"): OwnReading =>
    namesOurs ? { kind, target } : { kind: "not_ours" };
  if (names.objectId === undefined) return unreadable("malformed_object");
  const asked = { type: event.type, id: names.objectId, mode: event.endpointMode };
  const fetched = await fetchObject(asked, ctx);
  if (!fetched) return unreadable("gone_at_stripe");
  const again = readReport({ ...event, ...fetched });
  if (again.kind !== "unread") return again;
  // An invoice without a subscription, or a refund without a payment, is nothing that we sell.
  const mayBeUnrelated = event.type.startsWith("invoice.") || isPaymentEvent(event.type);
  return mayBeUnrelated ? { kind: "not_ours" } : unreadable("malformed_object");
}

/** Only types of the vocabulary are read as reports. */
export const kindOf = ({ type }: VerifiedEvent) => type as AuditEntry["eventKind"];

const isOurs = (id: string) => isOfKind(id, "checkout-intent");

function targetOf({ checkoutIds, sessionId, subscriptionId, paymentIntentIds, invoiceIds }: ObjectNames) {
  const checkoutIntentId = checkoutIds.find(isOurs);
  return { checkoutIntentId, sessionId, subscriptionId, paymentIntentIds, invoiceIds };
}
