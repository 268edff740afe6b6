import { eq } from "drizzle-orm";
import { approvalSettings } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** How many minutes a question waits for a person where the owner has set nothing. */
export const DEFAULT_WAIT_MINUTES = 10;

/** The minutes that a question waits for a person, where the owner has set them: one row, or none. */
export function approvalWait(store: Pick<Store, "db" | "ownerUserId">) {
  return store.db.build
    .select({ waitMinutes: approvalSettings.waitMinutes })
    .from(approvalSettings)
    .where(eq(approvalSettings.ownerUserId, store.ownerUserId));
}
