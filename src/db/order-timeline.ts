import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import type { ListPosition } from "../base/list.ts";
import { paymentAuditEvents, stripeWebhookEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** Entries on one page of a timeline. */
export const TIMELINE_SIZE = 40;

/** An entry: an audit row, or an event of Stripe's as it came here. */
export type TimelineEntry = ListPosition &
  (
    | { readonly kind: "audit"; readonly row: Awaited<ReturnType<typeof auditOfOrder>>[number] }
    | { readonly kind: "event"; readonly row: Awaited<ReturnType<typeof eventsOfOrder>>[number] }
  );

/**
 * The place of an entry among those of the same millisecond: an event before the audit of what it changed, and audit rows
 * in the order in which they were written.
 */
const auditPlace = (sequence: number) => `b${String(sequence).padStart(16, "0")}`;
const eventPlace = (reference: string) => `a${reference}`;

/** The queries of one page of an order's timeline; `entriesOf` puts their rows together. */
export function timelineQueries(
  store: Store,
  { id, operationId }: { readonly id: string; readonly operationId: SQL },
  after: ListPosition | undefined,
) {
  const { checkoutIntentId, operationId: ofOperation } = paymentAuditEvents;
  return {
    audit: auditOfOrder(store, eq(checkoutIntentId, id), after),
    // What was asked of a person stands in the audit under the operation, before the order is there. The `+` keeps SQLite
    // off the index by order, where all rows without an order are neighbours.
    askedAudit: auditOfOrder(
      store,
      and(sql`${ofOperation} = ${operationId}`, sql`+${checkoutIntentId} IS NULL`),
      after,
    ),
    events: eventsOfOrder(store, id, after),
  };
}

/** The entries of a page and one more, the newest first. */
export function entriesOf(rows: {
  readonly audit: Awaited<ReturnType<typeof auditOfOrder>>;
  readonly askedAudit: Awaited<ReturnType<typeof auditOfOrder>>;
  readonly events: Awaited<ReturnType<typeof eventsOfOrder>>;
}): TimelineEntry[] {
  const audit = [...rows.audit, ...rows.askedAudit].map((row) => ({
    kind: "audit" as const,
    createdAt: row.createdAt,
    id: auditPlace(row.sequence),
    row,
  }));
  const events = rows.events.map((row) => ({
    kind: "event" as const,
    createdAt: row.receivedAt,
    id: eventPlace(row.reference),
    row,
  }));
  return [...audit, ...events]
    .sort((one, other) => other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1))
    .slice(0, TIMELINE_SIZE + 1);
}

function auditOfOrder(store: Store, which: SQL | undefined, after: ListPosition | undefined) {
  const { sequence, createdAt, eventKind, actorKind, summary, subjectId, subjectStatus } = paymentAuditEvents;
  const place = (position: ListPosition) =>
    position.id.startsWith("b")
      ? sql`(${createdAt}, ${sequence}) < (${position.createdAt}, ${Number(position.id.slice(1))})`
      : sql`${createdAt} < ${position.createdAt}`;
  return store.db.build
    .select({ sequence, createdAt, eventKind, actorKind, summary, subjectId, subjectStatus })
    .from(paymentAuditEvents)
    .where(and(eq(paymentAuditEvents.ownerUserId, store.ownerUserId), which, after && place(after)))
    .orderBy(desc(createdAt), desc(sequence))
    .limit(TIMELINE_SIZE + 1);
}

function eventsOfOrder(store: Store, checkoutIntentId: string, after: ListPosition | undefined) {
  const { reference, receivedAt, eventType, status } = stripeWebhookEvents;
  const place = ({ createdAt, id }: ListPosition) =>
    id.startsWith("a")
      ? sql`(${receivedAt} < ${createdAt} OR (${receivedAt} = ${createdAt} AND ${reference} < ${id.slice(1)}))`
      : sql`${receivedAt} <= ${createdAt}`;
  return store.db.build
    .select({ reference, receivedAt, eventType, status })
    .from(stripeWebhookEvents)
    .where(
      and(
        eq(stripeWebhookEvents.ownerUserId, store.ownerUserId),
        eq(stripeWebhookEvents.checkoutIntentId, checkoutIntentId),
        after && sql`${receivedAt} <= ${after.createdAt}`,
        after && place(after),
      ),
    )
    .orderBy(desc(receivedAt), desc(reference))
    .limit(TIMELINE_SIZE + 1);
}
