import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { user } from "./people.ts";

/** How often a caller did what a bound counts, in one window. Nothing here is ever published. */
export const boundCounts = sqliteTable(
  "bound_counts",
  {
    /** A multiple of the bound's window. It leads the key, so that past windows are deleted without a search. */
    windowStartedAt: integer("window_started_at").notNull(),
    bound: text("bound").notNull(),
    /** The caller: an id, or a keyed hash where it tells of a person or a network. */
    key: text("key").notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.windowStartedAt, t.bound, t.key] })],
);

/** When each bound was last met, for the owner. */
export const boundsMet = sqliteTable(
  "bounds_met",
  {
    ownerUserId: text("owner_user_id")
      .notNull()
      .references(() => user.id),
    bound: text("bound").notNull(),
    lastMetAt: integer("last_met_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.ownerUserId, t.bound] })],
);
