import { and, asc, desc, eq, type InferInsertModel, type SQLWrapper, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import type { OperationRow } from "./operations.ts";
import { paymentAuditEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";
import { insertRow } from "./written-once.ts";

type AuditRow = InferInsertModel<typeof paymentAuditEvents>;

/** One state change, for the audit. Each change has exactly one entry, in the same commit. */
export interface AuditEntry {
  readonly eventKind: AuditRow["eventKind"];
  readonly subjectId: string;
  readonly subjectStatus?: string | null;
  readonly checkoutIntentId?: string | null;
  /** For people: says what happened, without names. */
  readonly summary: string;
  /** Of the row that the commit adds to another sealed table. A CHECK asks it of each kind that adds one. */
  readonly rowSha256?: string;
  /** Words of an allow-list. No answer holds them. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Who or what made a change, and the operation that it belongs to. Without a correlation id the change gets a new one. */
export type AuditSource = Pick<
  AuditRow,
  "actorKind" | "actorId" | "clientId" | "proof" | "operationId" | "stripeEventId"
> & { readonly auditCorrelationId?: string };

/** The source of the changes that an operation makes: its actor. */
export function operationSource(operation: OperationRow): AuditSource {
  const { id, actorKind, actorId, clientId, proof, auditCorrelationId } = operation;
  return { actorKind, actorId, clientId, proof, operationId: id, auditCorrelationId };
}

/** The statement that writes an entry. */
export function insertAudit(
  store: Pick<Store, "db" | "ownerUserId" | "ids">,
  { metadata = {}, ...entry }: AuditEntry,
  by: AuditSource,
  now: number,
): Query {
  return insertRow(store, paymentAuditEvents, {
    auditCorrelationId: store.ids.next("audit"),
    ...by,
    ...entry,
    metadataJson: JSON.stringify(metadata),
    id: store.ids.next("audit-event"),
    ownerUserId: store.ownerUserId,
    createdAt: now,
  });
}

/** The correlation id of an operation: an approval has it before its operation exists. */
export const correlationOf = (operationId: string): string => `${CORRELATION}${operationId}`;

/** `correlationOf` in SQL. */
export const correlationInSql = (operationId: SQLWrapper) => sql<string>`${CORRELATION} || ${operationId}`;

const CORRELATION = "audit-of-";

/** The newest audit rows of the operator's commands. */
export function auditOfOperator(store: Store, limit: number) {
  const { ownerUserId, sequence } = paymentAuditEvents;
  return (
    store.db.build
      .select()
      .from(paymentAuditEvents)
      // As the index has it: a bound value would not match its condition.
      .where(and(eq(ownerUserId, store.ownerUserId), sql`actor_kind = 'operator_cli'`))
      .orderBy(desc(sequence))
      .limit(limit)
  );
}

/** The audit rows of an operation, the oldest first. */
export function auditOf(store: Store, operationId: string, limit: number) {
  return store.db.build
    .select()
    .from(paymentAuditEvents)
    .where(and(eq(paymentAuditEvents.ownerUserId, store.ownerUserId), eq(paymentAuditEvents.operationId, operationId)))
    .orderBy(asc(paymentAuditEvents.sequence))
    .limit(limit);
}
