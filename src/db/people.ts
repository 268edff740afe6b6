import { eq } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import { user } from "./schema/index.ts";

/** A person's e-mail address; for keyed hashes only. */
export function emailOf(ctx: Context, userId: string) {
  return ctx.db.build.select({ email: user.email }).from(user).where(eq(user.id, userId)).limit(1);
}
