import { notFound } from "../../base/problem.ts";
import { intentByLink } from "../../db/checkouts.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";

/** The actor id of a buyer with the return link. The checkout may have been started by another person's account. */
export const buyerId = (checkoutIntentId: string) => `${BUYER_PREFIX}${checkoutIntentId}`;

/** True for an actor id that `buyerId` made. */
export const isBuyerId = (actorId: string) => actorId.startsWith(BUYER_PREFIX);

const BUYER_PREFIX = "buyer-of-";

/** The buyer of one checkout, proven by its return link and good for that checkout alone. */
export function buyerActor(checkoutIntentId: string, tokenSha256: string, ctx: Context): Actor {
  return {
    kind: "buyer_post_purchase_page",
    id: buyerId(checkoutIntentId),
    isOwner: false,
    scopes: new Set(["checkout:write"]),
    clientId: null,
    grantId: null,
    clientDeclared: null,
    boundToCheckout: checkoutIntentId,
    revocationCheck: intentByLink(ctx, tokenSha256, "return"),
    assertNotRevoked(rows) {
      // The rows of the `revocationCheck` query.
      const [found] = rows as Awaited<ReturnType<typeof intentByLink>>;
      if (found?.intent.id !== checkoutIntentId) throw notFound("checkoutIntentId");
    },
  };
}
