import { eq } from "drizzle-orm";
import { oauthGrants } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** The client that a consent was given to. */
export function grantById(store: Store, id: string) {
  return store.db.build
    .select({ clientName: oauthGrants.clientName, clientId: oauthGrants.clientId })
    .from(oauthGrants)
    .where(eq(oauthGrants.id, id))
    .limit(1);
}

/** The person who gave a consent. */
export function grantOwner(store: Store, grantId: string) {
  return store.db.build
    .select({ userId: oauthGrants.userId })
    .from(oauthGrants)
    .where(eq(oauthGrants.id, grantId))
    .limit(1);
}
