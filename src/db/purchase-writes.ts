import { and, eq, type InferInsertModel, sql } from "drizzle-orm";
import { type AuditEntry, type AuditSource, insertAudit } from "./audit.ts";
import { type IntentRow, updateIntent } from "./checkouts.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import type { EntitlementRow } from "./entitlements.ts";
import { type MailReason, queueMail } from "./mail-outbox.ts";
import { insertPayer, personIsErased, type ReportedPayer } from "./order-payers.ts";
import { mailUnserved } from "./outbox-reasons.ts";
import {
  type InvoiceRow,
  intentCondition,
  latestInvoice,
  type PaymentFactRow,
  type PurchaseTarget,
  paymentsOf,
} from "./purchase-rows.ts";
import {
  insertEntitlement,
  insertFacts,
  insertInvoices,
  insertTask,
  moveEntitlement,
  type PlanEntitlementRow,
  putPlanEntitlement,
  raisePaymentFact,
} from "./purchases.ts";
import {
  type checkoutFacts,
  checkoutIntents,
  paymentFacts,
  type productEntitlements,
  type productFulfillmentTasks,
  type publisherPlanEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";
import { deleteOtherSubscriptions, type SubscriptionWrite, writeSubscription } from "./subscriptions.ts";
import { markUnserved } from "./unserved-invoices.ts";

type NewPayment = InferInsertModel<typeof paymentFacts>;

/** The rows that a report changes. `unassigned_payments`: no checkout is known to be paid by them yet. */
export type PurchaseChanges =
  | { readonly kind: "none" }
  | { readonly kind: "unassigned_payments"; readonly payments: readonly NewPayment[]; readonly target: PurchaseTarget }
  | ({ readonly kind: "purchase" } & PurchaseRowChanges);

/** The changed rows, each with the row as it was read, whose version the commit re-checks. */
export interface PurchaseRowChanges {
  /** The checkout as it was read. */
  readonly intent: IntentRow;
  readonly intentChange: (Partial<InferInsertModel<typeof checkoutIntents>> & { updatedAt: number }) | undefined;
  readonly facts: readonly InferInsertModel<typeof checkoutFacts>[];
  readonly payments: readonly NewPayment[];
  readonly invoices: readonly InvoiceRow[];
  readonly grants: readonly {
    readonly entitlement: InferInsertModel<typeof productEntitlements>;
    readonly task: InferInsertModel<typeof productFulfillmentTasks>;
  }[];
  readonly movedEntitlements: readonly {
    readonly before: EntitlementRow;
    readonly change: Pick<EntitlementRow, "status" | "updatedAt" | "revokedAt">;
  }[];
  readonly subscription: SubscriptionWrite | undefined;
  /** The checkout's own subscription, once it is known: all others that named the checkout are deleted. */
  readonly onlySubscription: string | undefined;
  readonly plan:
    | {
        readonly row: InferInsertModel<typeof publisherPlanEntitlements>;
        readonly before: PlanEntitlementRow | undefined;
      }
    | undefined;
  /** The payer to keep; undefined where one is known. */
  readonly payer: ReportedPayer | undefined;
  /** What buyer and owner are told by mail of this report. */
  readonly mails: readonly MailReason[];
  /** True for a sandbox purchase while plans are sold live: its money is a test's. */
  readonly isTest: boolean;
  /** The payment facts that the changes were decided by; set when this report is the first to link one to the checkout. */
  readonly guardedPayments: readonly Pick<PaymentFactRow, "rank">[] | undefined;
  readonly audit: { readonly entries: readonly AuditEntry[]; readonly by: AuditSource; readonly at: number };
}

/** The statements of a report's changes: all of them or none, as each guard aborts the batch with `purchase_moved`. */
export function purchaseWrites(store: Store, changes: PurchaseChanges): Query[] {
  switch (changes.kind) {
    case "none":
      return [];
    case "unassigned_payments":
      return [...changes.payments.map((row) => raisePaymentFact(store, row)), guardUnassigned(store, changes.target)];
    case "purchase": {
      const { intent, intentChange, facts, payments, invoices, grants, plan, guardedPayments, audit } = changes;
      const writes = [
        ...(facts.length > 0 ? [insertFacts(store, [...facts])] : []),
        ...payments.map((row) => raisePaymentFact(store, row)),
        ...(invoices.length > 0 ? [insertInvoices(store, [...invoices])] : []),
        ...(intentChange ? updateIntent(store, intent, intentChange) : []),
        ...grants.flatMap(({ entitlement, task }) => [insertEntitlement(store, entitlement), insertTask(store, task)]),
        ...changes.movedEntitlements.flatMap(({ before, change }) => moveEntitlement(store, before, change)),
        ...(changes.subscription ? writeSubscription(store, changes.subscription) : []),
        ...(changes.onlySubscription ? deleteOtherSubscriptions(store, intent.id, changes.onlySubscription) : []),
        ...(plan ? putPlanEntitlement(store, plan.row, plan.before) : []),
        ...(changes.payer ? [insertPayer(store, intent.id, changes.payer, audit.at)] : []),
      ];
      if (writes.length === 0) return [];
      const guards = [
        ...(guardedPayments ? [guardPayments(store, intent.id, guardedPayments)] : []),
        ...(keepsAddress(changes) ? [guardNotErased(store, intent.id)] : []),
      ];
      const audited = audit.entries.map((entry) => insertAudit(store, entry, audit.by, audit.at));
      const marked =
        intent.planSlug === null
          ? []
          : [markUnserved(store, intent.id, changes.isTest), mailUnserved(store, intent.id, audit.at)];
      const mails = changes.mails.map((reason) => queueMail(store, reason));
      return [...takePurchase(store, intent), ...writes, ...marked, ...mails, ...guards, ...audited];
    }
  }
}

/** Whether the changes keep an address of a person, or a hash of it. */
function keepsAddress({ payer, grants, plan }: PurchaseRowChanges): boolean {
  const hashes = [...grants.map(({ entitlement }) => entitlement.buyerEmailHash), plan?.row.buyerEmailHash];
  return payer !== undefined || hashes.some(Boolean);
}

/** Aborts with `purchase_moved` when the person was erased since the purchase was read: it is read again, without them. */
const guardNotErased = (store: Store, checkoutIntentId: string): Query =>
  guardThat(store.db, sql`NOT ${personIsErased(store, checkoutIntentId)}`, "purchase_moved");

/**
 * Lets one report at a time change a purchase: aborts with `purchase_moved` when another changed it since it was read. Two
 * reports at once write different rows, and each would be decided without the other's facts.
 */
function takePurchase(store: Store, { id, purchaseVersion }: { id: string; purchaseVersion: number }): Query[] {
  return [
    store.db.build
      .update(checkoutIntents)
      .set({ purchaseVersion: purchaseVersion + 1 })
      .where(
        and(
          eq(checkoutIntents.ownerUserId, store.ownerUserId),
          eq(checkoutIntents.id, id),
          eq(checkoutIntents.purchaseVersion, purchaseVersion),
        ),
      ),
    guardChanged(store.db, "purchase_moved"),
  ];
}

/**
 * For a report that links the first payment to a checkout, at the end of its batch: aborts with `purchase_moved` when the
 * stored facts of the checkout's payments differ from those that decided. `takePurchase` did not guard these facts.
 */
function guardPayments(store: Store, intentId: string, decidedBy: readonly Pick<PaymentFactRow, "rank">[]): Query {
  const ofIntent = (column: keyof typeof checkoutIntents.$inferSelect) =>
    sql`(SELECT ${checkoutIntents[column]} FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${intentId})`;
  const invoices = sql`SELECT ${ofIntent("stripeInvoiceId")} UNION ALL SELECT ${latestInvoice(store, ofIntent("stripeSubscriptionId"))}`;
  // Facts are never deleted and ranks only rise, so every change of a fact changes the sum.
  return guardThat(
    store.db,
    sql`(SELECT coalesce(sum(${paymentFacts.rank} + 1), 0) FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${store.ownerUserId}
      AND ${paymentFacts.stripePaymentIntentId} IN (SELECT ${ofIntent("stripePaymentIntentId")} UNION ALL ${paymentsOf(store, invoices)}))
      = ${decidedBy.reduce((sum, { rank }) => sum + rank + 1, 0)}`,
    "purchase_moved",
  );
}

/** For payments without a checkout: aborts with `purchase_moved` when a checkout was linked to one of them meanwhile. */
function guardUnassigned(store: Store, target: PurchaseTarget): Query {
  return guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND (${intentCondition(store, target)}))`,
    "purchase_moved",
  );
}
