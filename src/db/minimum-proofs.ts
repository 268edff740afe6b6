import { and, eq, notInArray, sql } from "drizzle-orm";
import { guardThat, type Query } from "./database.ts";
import { minimumProofs, passkeys } from "./schema/index.ts";
import { PROOFS, type Proof } from "./schema/vocabulary.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

/** The name of a rule, and its least proof where the owner has set none. */
interface Rule {
  readonly name: string;
  readonly least: Proof;
}

/** Aborts the batch with `stale_state` unless `proof` is what a rule asks for: its own least proof where it has no row. */
export function guardMinimumProof(store: Store, rule: Rule, proof: Proof): Query {
  return guardThat(
    store.db,
    sql`coalesce((SELECT ${minimumProofs.minimumProof} FROM ${minimumProofs}
      WHERE ${minimumProofs.ownerUserId} = ${store.ownerUserId} AND ${minimumProofs.writeName} = ${rule.name}), ${rule.least}) = ${proof}`,
    "stale_state",
  );
}

/** The owner's own passkeys, as far as it takes to know that there is one. */
export function ownerPasskey(store: Store) {
  return store.db.build
    .select({ createdAt: passkeys.createdAt })
    .from(passkeys)
    .where(eq(passkeys.userId, store.ownerUserId))
    .limit(1);
}

/** Aborts the batch with `no_passkey` where the owner has no passkey. */
export function guardOwnerHasPasskey(store: Store): Query {
  return guardThat(store.db, sql`EXISTS ${ownerPasskey(store)}`, "no_passkey");
}

/** Aborts the batch with `proof_raised` when the owner asks for a stronger proof than this under a rule. */
export const guardProofIsEnough = (store: OwnedDatabase, ruleName: string, proof: Proof): Query =>
  proofIsEnough[proof](store, ruleName);

const guardOfProof = (proof: Proof) =>
  writtenOnce((store: OwnedDatabase, ruleName: string) => {
    const enough = PROOFS.slice(0, PROOFS.indexOf(proof) + 1);
    return guardThat(
      store.db,
      sql`NOT EXISTS (SELECT 1 FROM ${minimumProofs} WHERE ${minimumProofs.ownerUserId} = ${store.ownerUserId}
        AND ${minimumProofs.writeName} = ${ruleName} AND ${notInArray(minimumProofs.minimumProof, enough)})`,
      "proof_raised",
    );
  });
const proofIsEnough = {
  argument: guardOfProof("argument"),
  elicited: guardOfProof("elicited"),
  approval_page: guardOfProof("approval_page"),
  passkey: guardOfProof("passkey"),
} satisfies Record<Proof, unknown>;

/** Stores the least proof of a rule, in place of an earlier one. */
export function putMinimumProof(store: Store, ruleName: string, minimumProof: Proof): Query {
  const updatedAt = store.clock.now();
  return store.db.build
    .insert(minimumProofs)
    .values({ ownerUserId: store.ownerUserId, writeName: ruleName, minimumProof, updatedAt })
    .onConflictDoUpdate({
      target: [minimumProofs.ownerUserId, minimumProofs.writeName],
      set: { minimumProof, updatedAt },
    });
}

/** The least proofs that the owner has set, by the names of their rules. */
export function minimumProofRows(store: Store) {
  return store.db.build.select().from(minimumProofs).where(eq(minimumProofs.ownerUserId, store.ownerUserId));
}

/** The least proof that the owner has set for a rule. */
export const minimumProofOf = writtenOnce((store: OwnedDatabase, ruleName: string) =>
  store.db.build
    .select({ minimumProof: minimumProofs.minimumProof })
    .from(minimumProofs)
    .where(and(eq(minimumProofs.ownerUserId, store.ownerUserId), eq(minimumProofs.writeName, ruleName)))
    .limit(1),
);
