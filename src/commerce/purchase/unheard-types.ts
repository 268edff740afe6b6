import type { Rows } from "../../db/database.ts";
import type { heardTypes } from "../../db/event-types.ts";

type HeardType = Rows<{ types: ReturnType<typeof heardTypes> }>["types"][number];

/** A handled event type that Stripe never delivered although its objects exist here, and what the owner does. */
interface UnheardType {
  readonly eventType: string;
  readonly whatToDo: string;
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
