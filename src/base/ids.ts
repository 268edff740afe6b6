/** Ids of ours: a word and a UUID, never in the shape of a provider's. */
export interface Ids {
  next(kind: string): string;
}

export const randomIds: Ids = { next: (kind) => `${kind}-${crypto.randomUUID()}` };

const BUYER = "buyer-of-";

/** The actor id of a buyer who came by the return link of a checkout, and who may have no account. */
export const buyerId = (checkoutIntentId: string) => `${BUYER}${checkoutIntentId}`;

/** Whether an actor id is such a buyer's. */
export const isBuyerId = (actorId: string) => actorId.startsWith(BUYER);
