import { type AuditEntry, insertAudit } from "../db/audit.ts";
import type { Query } from "../db/database.ts";
import type { AuthContext } from "./context.ts";

/** A person who acts in a signed-in browser. */
export interface SignedInActor {
  readonly id: string;
  readonly kind: "owner_session" | "account_session";
}

/** An event about accounts and sign-in. Subjects are ids, and no field holds private data. */
type Entry = Omit<AuditEntry, "checkoutIntentId"> & {
  /** The owner in their session, when left out. */
  readonly by?: SignedInActor;
};

/** The audit row of a change, for the commit that makes it. */
export function auditOf(auth: AuthContext, { by, ...entry }: Entry): Query {
  const actor = by ?? { id: auth.ownerUserId, kind: "owner_session" as const };
  return insertAudit(auth, entry, { actorKind: actor.kind, actorId: actor.id }, auth.clock.now());
}

/** The audit row of an event about a person's own passkeys; the person is its actor and its subject. */
export function auditOfPerson(auth: AuthContext, userId: string, entry: Omit<Entry, "subjectId" | "by">): Query {
  const kind = userId === auth.ownerUserId ? "owner_session" : "account_session";
  return auditOf(auth, { ...entry, subjectId: userId, by: { id: userId, kind } });
}

/** The audit row of a change to the owner's password or app. Such changes to other accounts are not audited. */
export function auditOfOwner(auth: AuthContext, userId: string, entry: Omit<Entry, "subjectId" | "by">): Query[] {
  return userId === auth.ownerUserId ? [auditOf(auth, { ...entry, subjectId: userId })] : [];
}
