import { eq } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import { oauthGrants } from "./schema/index.ts";

/** A consent, for showing which client it was given to. */
export function grantById(ctx: Context, id: string) {
  return ctx.db.build
    .select({ clientName: oauthGrants.clientName, clientId: oauthGrants.clientId })
    .from(oauthGrants)
    .where(eq(oauthGrants.id, id))
    .limit(1);
}
