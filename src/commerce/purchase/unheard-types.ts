import type { Rows } from "../../db/database.ts";
import type { heardTypes } from "../../db/event-types.ts";

type HeardType = Rows<{ types: ReturnType<typeof heardTypes> }>["types"][number];

/** A handled type of which Stripe has delivered no event, though there was something to tell, and what the owner does. */
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
        "No event of this type has come, and there was one to tell. Enable it at the webhook endpoint in Stripe.",
    }));
}
