import { eq, sql } from "drizzle-orm";
import { guardThat, type Query } from "./database.ts";
import { approvalMailSettings, approvalSettings } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

/** How many minutes a question waits for a person where the owner has set nothing. */
export const DEFAULT_WAIT_MINUTES = 10;
/** The minutes that the owner can set. */
export const WAIT_MINUTES = { least: 10, most: 1440 } as const;

/** The minutes that a question waits for a person, where the owner has set them: one row, or none. */
export const approvalWait = writtenOnce((store: OwnedDatabase) =>
  store.db.build
    .select({ waitMinutes: approvalSettings.waitMinutes })
    .from(approvalSettings)
    .where(eq(approvalSettings.ownerUserId, store.ownerUserId)),
);

/** Sets the minutes for approvals to come. Aborts with `stale_state` unless they are `from` at present. */
export function putApprovalWait(
  store: OwnedDatabase,
  { from, to, at }: { from: number; to: number; at: number },
): Query[] {
  const now = sql`coalesce((SELECT ${approvalSettings.waitMinutes} FROM ${approvalSettings}
    WHERE ${approvalSettings.ownerUserId} = ${store.ownerUserId}), ${DEFAULT_WAIT_MINUTES})`;
  const change = { waitMinutes: to, updatedAt: at };
  return [
    guardThat(store.db, sql`${now} = ${from}`, "stale_state"),
    store.db.build
      .insert(approvalSettings)
      .values({ ownerUserId: store.ownerUserId, ...change })
      .onConflictDoUpdate({ target: approvalSettings.ownerUserId, set: change }),
  ];
}

/** Whether a person is mailed what waits for them: one row, or none for a person who never switched it. */
export function approvalMailSetting(store: Pick<Store, "db">, userId: string) {
  return store.db.build
    .select({ told: approvalMailSettings.told })
    .from(approvalMailSettings)
    .where(eq(approvalMailSettings.userId, userId));
}

/** Whether the rows of the setting say that the person is mailed; a person who never switched it is. */
export const isMailed = ([setting]: Awaited<ReturnType<typeof approvalMailSetting>>): boolean => setting?.told !== 0;

/** Switches a person's mails of what waits on or off. */
export function putApprovalMailSetting(store: Pick<Store, "db">, userId: string, told: boolean, at: number): Query {
  const change = { told: told ? 1 : 0, updatedAt: at };
  return store.db.build
    .insert(approvalMailSettings)
    .values({ userId, ...change })
    .onConflictDoUpdate({ target: approvalMailSettings.userId, set: change });
}
