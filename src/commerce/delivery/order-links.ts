import { randomToken, sha256 } from "../../base/digest.ts";
import { insertAudit } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import { insertOrderLink } from "../../db/order-links.ts";
import type { Context } from "../../kernel/context.ts";
import { ROUTES } from "../routes.ts";

/** How long a mailed link can be opened. Afterwards its page offers a new one. */
const LIFE_MS = 14 * 24 * 3_600_000;
/** How long the browser that opened a link shows its order. */
export const OPENED_SECONDS = 24 * 3_600;

/**
 * A new link that opens an order for its payer, once, in one browser: its address, and the statements that store it, for the
 * batch before the mail. The token is stored hashed. It stands in the mail alone: no answer, page or log line holds it.
 */
export async function issueOrderLink(
  checkoutIntentId: string,
  ctx: Pick<Context, "db" | "ownerUserId" | "ids" | "clock" | "publicUrl">,
): Promise<{ readonly url: string; readonly statements: readonly Query[] }> {
  const token = randomToken();
  const now = ctx.clock.now();
  const link = {
    tokenSha256: await sha256(token),
    checkoutIntentId,
    createdAt: now,
    expiresAt: now + LIFE_MS,
    usedAt: null,
  };
  const entry = {
    eventKind: "order_link_mailed",
    subjectId: checkoutIntentId,
    checkoutIntentId,
    summary: "A link to the order was made for a mail to its payer.",
  } as const;
  return {
    url: `${ctx.publicUrl}${ROUTES.order}/${token}`,
    statements: [insertOrderLink(ctx, link), insertAudit(ctx, entry, { actorKind: "scheduled_run" }, now)],
  };
}
