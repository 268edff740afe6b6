import type { Rows } from "../../db/database.ts";
import type { heardTypes } from "../../db/event-types.ts";
import type { Parts } from "../../kernel/parts.ts";

type HeardType = Rows<{ types: ReturnType<typeof heardTypes> }>["types"][number];

/** A handled event type that Stripe never delivered although its objects exist here, and what the owner does. */
interface UnheardType {
  readonly eventType: string;
  readonly whatToDo: string;
}

/** The types that a business hears of: those of subscriptions and their invoices belong to plans, until one came. */
export function typesToHear(types: readonly HeardType[], parts: Parts): HeardType[] {
  return types.filter(
    ({ eventType, lastDeliveredAt }) =>
      parts.has("plans") ||
      lastDeliveredAt !== null ||
      !/^(?:customer\.subscription|invoice|invoice_payment)\./.test(eventType),
  );
}

/** The types that never came although their objects exist here. */
export function unheardTypes(types: readonly HeardType[]): UnheardType[] {
  return types
    .filter(({ lastDeliveredAt, objectsExist }) => lastDeliveredAt === null && objectsExist === 1)
    .map(({ eventType }) => ({
      eventType,
      whatToDo:
        "Stripe has delivered no event of this type, although there was one to deliver. Enable it at the webhook endpoint in Stripe.",
    }));
}
