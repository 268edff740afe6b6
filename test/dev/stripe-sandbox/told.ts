import type Stripe from "stripe";

/** Reads the event list from where it was last read: oldest first. */
export function listener(stripe: Stripe) {
  const heard = new Set<string>();

  /** The events since the last time. */
  async function events(): Promise<Stripe.Event[]> {
    const all: Stripe.Event[] = [];
    for await (const event of stripe.events.list({ limit: 100 })) all.unshift(event);
    const fresh = all.filter(({ id }) => !heard.has(id));
    for (const { id } of fresh) heard.add(id);
    return fresh;
  }

  return {
    events,
    /** Their types. */
    types: async () => (await events()).map(({ type }) => type),
  };
}

/** The event of this type; fails when there is none. */
export function ofType<T extends Stripe.Event.Type>(
  events: Stripe.Event[],
  type: T,
): Extract<Stripe.Event, { type: T }> {
  const found = events.find((event): event is Extract<Stripe.Event, { type: T }> => event.type === type);
  if (found === undefined)
    throw new Error(`There is no ${type} among ${events.map((event) => event.type).join(", ")}.`);
  return found;
}
