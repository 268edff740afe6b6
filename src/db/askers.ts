import { eq, sql } from "drizzle-orm";
import { oauthGrants, user } from "./schema/index.ts";
import type { Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

/** The person that a call is for, and the name of its app as they connected it; null without an app. */
export const askerOf = (store: Store, { id, grantId }: { readonly id: string; readonly grantId: string | null }) =>
  readAsker(store, id, grantId);

const readAsker = writtenOnce((store: Pick<Store, "db">, id: string, grantId: string | null) => {
  const name = sql`(SELECT ${oauthGrants.clientName} FROM ${oauthGrants} WHERE ${oauthGrants.id} = ${grantId})`;
  return store.db.build
    .select({ email: user.email, clientName: sql<string | null>`${name}`.as("client_name") })
    .from(user)
    .where(eq(user.id, id))
    .limit(1);
});
