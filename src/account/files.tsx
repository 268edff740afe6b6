import type { Child } from "hono/jsx";
import { readHoldings } from "../commerce/delivery/holdings.ts";
import { ROUTES } from "../commerce/routes.ts";
import { HOLDINGS_SHOWN } from "../db/files.ts";
import type { Context } from "../kernel/context.ts";
import { Holdings, withPaths } from "../pages/holdings.tsx";

/** What a person may use, with its files; null where no purchase has given them anything. */
export async function whatIsYours(userId: string, ctx: Context): Promise<Child | null> {
  if (!ctx.parts.has("access")) return null;
  const holdings = await readHoldings({ kind: "account", userId }, ctx);
  if (holdings.length === 0) return null;
  return (
    <>
      <h2>What is yours</h2>
      <Holdings holdings={withPaths(holdings, ROUTES.accountFiles)} />
      {holdings.length === HOLDINGS_SHOWN && <p class="soft">Older purchases are on the pages of their orders.</p>}
    </>
  );
}

/** What one order of a person's gave, with its files; null where it gave nothing yet. */
export async function whatOrderGives(checkoutIntentId: string, ctx: Context): Promise<Child | null> {
  if (!ctx.parts.has("access")) return null;
  const holdings = await readHoldings({ kind: "order", checkoutIntentId }, ctx);
  if (holdings.length === 0) return null;
  return (
    <>
      <h2>What it gives</h2>
      <Holdings holdings={withPaths(holdings, ROUTES.accountFiles)} />
    </>
  );
}
