import { sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { queuedRow } from "./mail-outbox.ts";
import { billingInvoices, mailOutbox } from "./schema/index.ts";
import type { OwnedDatabase } from "./store.ts";

/** Queues a mail to the owner for each invoice of a plan's checkout that is marked as paid for nothing, each once. */
export function mailUnserved(store: OwnedDatabase, checkoutIntentId: string, now: number): Query {
  const { ownerUserId, stripeInvoiceId, unserved } = billingInvoices;
  const row = queuedRow({
    ownerUserId: store.ownerUserId,
    mailKind: "money_without_service",
    subjectId: sql`${stripeInvoiceId}`,
    checkoutIntentId: sql`${billingInvoices.checkoutIntentId}`,
    now,
  });
  const isUnserved = sql`${ownerUserId} = ${store.ownerUserId}
    AND ${billingInvoices.checkoutIntentId} = ${checkoutIntentId} AND ${unserved} = 1`;
  return store.db.build
    .insert(mailOutbox)
    .select(store.db.build.select(row).from(billingInvoices).where(isUnserved) as never)
    .onConflictDoNothing();
}
