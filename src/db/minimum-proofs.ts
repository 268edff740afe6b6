import { and, eq, type InferSelectModel, notInArray, sql } from "drizzle-orm";
import { guardThat, type Query } from "./database.ts";
import { minimumProofs } from "./schema/index.ts";
import { PROOFS } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

export type MinimumProof = InferSelectModel<typeof minimumProofs>["minimumProof"];

/** Aborts the batch with `stale_state` unless `proof` is a write's minimum proof: `argument` for a write without a row. */
export function guardMinimumProof(store: Store, writeName: string, proof: MinimumProof): Query {
  return guardThat(
    store.db,
    sql`coalesce((SELECT ${minimumProofs.minimumProof} FROM ${minimumProofs}
      WHERE ${minimumProofs.ownerUserId} = ${store.ownerUserId} AND ${minimumProofs.writeName} = ${writeName}), 'argument') = ${proof}`,
    "stale_state",
  );
}

/** Aborts the batch with `proof_raised` when the owner asks for a stronger proof than this of a write. */
export function guardProofIsEnough(store: Store, writeName: string, proof: MinimumProof): Query {
  const enough = PROOFS.slice(0, PROOFS.indexOf(proof) + 1);
  return guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${minimumProofs} WHERE ${minimumProofs.ownerUserId} = ${store.ownerUserId}
      AND ${minimumProofs.writeName} = ${writeName} AND ${notInArray(minimumProofs.minimumProof, enough)})`,
    "proof_raised",
  );
}

export function putMinimumProof(store: Store, writeName: string, minimumProof: MinimumProof): Query {
  const updatedAt = store.clock.now();
  return store.db.build
    .insert(minimumProofs)
    .values({ ownerUserId: store.ownerUserId, writeName, minimumProof, updatedAt })
    .onConflictDoUpdate({
      target: [minimumProofs.ownerUserId, minimumProofs.writeName],
      set: { minimumProof, updatedAt },
    });
}

/** The least proofs that the owner has set. A write without a row asks for `argument`. */
export function minimumProofRows(store: Store) {
  return store.db.build.select().from(minimumProofs).where(eq(minimumProofs.ownerUserId, store.ownerUserId));
}

/** The least proof that the owner asks of a write. */
export function minimumProofOf(store: Store, writeName: string) {
  return store.db.build
    .select({ minimumProof: minimumProofs.minimumProof })
    .from(minimumProofs)
    .where(and(eq(minimumProofs.ownerUserId, store.ownerUserId), eq(minimumProofs.writeName, writeName)))
    .limit(1);
}
