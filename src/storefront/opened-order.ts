import { openCookie } from "../auth/cookies.ts";
import { OPENED_SECONDS } from "../commerce/delivery/order-links.ts";
import type { IntentRow } from "../db/checkouts.ts";
import { orderLinkBy } from "../db/order-links.ts";
import type { Context } from "../kernel/context.ts";

/** What the cookie is sealed for. */
const PLACE = "the opened order of a browser";

const cookieOf = (ctx: Pick<Context, "publicUrl">) => openCookie(ctx.publicUrl, "order");

/** The `Set-Cookie` for the browser that opened an order by a mailed link. It names order and link, sealed. */
export async function openedCookie(checkoutIntentId: string, tokenSha256: string, ctx: Context): Promise<string> {
  return cookieOf(ctx).set(await ctx.keyring.seal(`${checkoutIntentId} ${tokenSha256}`, PLACE), OPENED_SECONDS);
}

/**
 * The order that this browser opened within the last day. The link is read again each time: once its payer is erased, the
 * cookie opens nothing.
 */
export async function openedOrder(request: Request, ctx: Context): Promise<IntentRow | undefined> {
  const sealed = cookieOf(ctx).read(request);
  if (sealed === undefined) return undefined;
  // A cookie that another server sealed, or that was altered, is as none.
  const text = await ctx.keyring.open(sealed, PLACE).catch(() => "");
  const [checkoutIntentId = "", tokenSha256 = ""] = text.split(" ");
  if (!tokenSha256) return undefined;
  const [found] = (await ctx.db.read({ link: orderLinkBy(ctx, tokenSha256) })).link;
  if (!found || found.usedAt === null || found.intent.id !== checkoutIntentId) return undefined;
  return ctx.clock.now() < found.usedAt + OPENED_SECONDS * 1000 ? found.intent : undefined;
}
