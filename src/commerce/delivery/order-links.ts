import { randomToken, sha256 } from "../../base/digest.ts";
import { insertAudit } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import { orderLinks } from "../../db/schema/index.ts";
import type { Context } from "../../kernel/context.ts";
import { ROUTES } from "../routes.ts";

/** How long a mailed link can be opened; then the page offers a new one. */
const LIFE_MS = 7 * 86_400_000;

/**
 * A new link that opens an order for its payer, once, in one browser: its address, and the statements that store it, for the
 * batch before the mail. The token is stored hashed, and stands in the mail alone.
 */
export async function issueOrderLink(
  checkoutIntentId: string,
  ctx: Context,
): Promise<{ readonly url: string; readonly statements: readonly Query[] }> {
  const token = randomToken();
  const now = ctx.clock.now();
  const row = {
    tokenSha256: await sha256(token),
    ownerUserId: ctx.ownerUserId,
    checkoutIntentId,
    createdAt: now,
    expiresAt: now + LIFE_MS,
    usedAt: null,
  };
  const audit = {
    eventKind: "order_link_mailed",
    subjectId: checkoutIntentId,
    subjectStatus: "mailed",
    checkoutIntentId,
    summary: "A link to the order was mailed to its payer.",
  } as const;
  return {
    url: `${ctx.publicUrl}${ROUTES.order}/${token}`,
    statements: [
      ctx.db.build.insert(orderLinks).values(row),
      insertAudit(ctx, audit, { actorKind: "scheduled_run" }, now),
    ],
  };
}
