import { eq } from "drizzle-orm";
import { user } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** A person's e-mail address; for keyed hashes only. */
export function emailOf(store: Store, userId: string) {
  return store.db.build.select({ email: user.email }).from(user).where(eq(user.id, userId)).limit(1);
}
