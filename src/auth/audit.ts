import { type AuditEntry, insertAudit } from "../db/audit.ts";
import type { Query } from "../db/database.ts";
import type { AuthContext } from "./context.ts";

/** What happened to people and their ways in. Subjects are ids; nothing private stands in any of it. */
type Entry = Omit<AuditEntry, "checkoutIntentId"> & {
  /** The owner, at a page of ours, when left out. */
  readonly by?: { readonly id: string; readonly kind: "owner_session" | "account_session" };
};

/** The audit row of a change, for the commit that makes it. */
export function auditOf(auth: AuthContext, { by, ...entry }: Entry): Query {
  const actor = by ?? { id: auth.ownerUserId, kind: "owner_session" as const };
  return insertAudit(auth, entry, { actorKind: actor.kind, actorId: actor.id }, auth.clock.now());
}

/** The same where it concerns the owner's authority; what other people do with their ways in is theirs. */
export function auditOfOwner(auth: AuthContext, userId: string, entry: Omit<Entry, "subjectId" | "by">): Query[] {
  return userId === auth.ownerUserId ? [auditOf(auth, { ...entry, subjectId: userId })] : [];
}
