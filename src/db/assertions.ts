import { and, eq, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { confirmationAssertions } from "./schema/index.ts";
import type { Store } from "./store.ts";

type AssertionRow = InferInsertModel<typeof confirmationAssertions>;

/** Stores what a touch proved; for the batch that claims its operation. */
export function insertAssertion(store: Store, row: Omit<AssertionRow, "ownerUserId">): Query {
  return store.db.build.insert(confirmationAssertions).values({ ...row, ownerUserId: store.ownerUserId });
}

/** What the touch of an operation proved: one row where its proof is `passkey`. */
export function assertionOf(store: Store, operationId: string) {
  return store.db.build
    .select()
    .from(confirmationAssertions)
    .where(
      and(
        eq(confirmationAssertions.ownerUserId, store.ownerUserId),
        eq(confirmationAssertions.operationId, operationId),
      ),
    )
    .limit(1);
}

/** The actors, or the operations, whose files are emptied; each is a list in SQL. */
type Erased = { readonly actors: SQL } | { readonly operations: SQL };

/** Empties the files of some assertions: they hold arguments and public keys. The hashes in signed confirmations stay. */
export function eraseAssertions(store: Store, erased: Erased): Query {
  const { actorId, operationId } = confirmationAssertions;
  return store.db.build
    .update(confirmationAssertions)
    .set({ fileSealed: null })
    .where(
      and(
        eq(confirmationAssertions.ownerUserId, store.ownerUserId),
        "actors" in erased ? sql`${actorId} IN ${erased.actors}` : sql`${operationId} IN ${erased.operations}`,
      ),
    );
}
