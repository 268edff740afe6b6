import { and, eq, gt } from "drizzle-orm";
import type { BoundName } from "../base/bounds.ts";
import type { Query } from "./database.ts";
import { boundsMet } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";

const LATELY_MS = 24 * 3_600_000;

/** Stores that a bound was met: one row for each bound. */
export function noteBoundMet({ db, ownerUserId }: OwnedDatabase, bound: BoundName, at: number): Query {
  return db.build
    .insert(boundsMet)
    .values({ ownerUserId, bound, lastMetAt: at })
    .onConflictDoUpdate({ target: [boundsMet.ownerUserId, boundsMet.bound], set: { lastMetAt: at } });
}

/** The bounds that were met within the last day. */
export function boundsMetLately({ db, ownerUserId, clock }: Store) {
  return db.build
    .select({ bound: boundsMet.bound, lastMetAt: boundsMet.lastMetAt })
    .from(boundsMet)
    .where(and(eq(boundsMet.ownerUserId, ownerUserId), gt(boundsMet.lastMetAt, clock.now() - LATELY_MS)));
}
