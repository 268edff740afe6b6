import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { passkeys, secondFactors, user } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** A person's e-mail address; for keyed hashes only. */
export function emailOf(store: Store, userId: string) {
  return store.db.build.select({ email: user.email }).from(user).where(eq(user.id, userId)).limit(1);
}

/** A page of the people who have an account, the newest first, with their second factors. Erased ones are left out. */
export function accountsPage(store: Store, after: ListPosition | undefined) {
  return store.db.build
    .select({
      id: user.id,
      name: user.name,
      email: user.email,
      emailVerified: user.emailVerified,
      createdAt: user.createdAt,
      appSince: secondFactors.confirmedAt,
      passkeys: sql<number>`(SELECT count(*) FROM ${passkeys} WHERE ${passkeys.userId} = ${user.id})`.as("passkeys"),
    })
    .from(user)
    .leftJoin(secondFactors, eq(secondFactors.userId, user.id))
    .where(
      and(isNull(user.erasedAt), after && sql`(${user.createdAt}, ${user.id}) < (${after.createdAt}, ${after.id})`),
    )
    .orderBy(desc(user.createdAt), desc(user.id))
    .limit(PAGE_SIZE + 1);
}
