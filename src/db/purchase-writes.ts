import type { InferInsertModel } from "drizzle-orm";
import { type IntentRow, updateIntent } from "./checkouts.ts";
import type { Query } from "./database.ts";
import { guardDecidedBy, guardNobodys, takePurchase } from "./purchase-guards.ts";
import type { InvoiceRow, PaymentFactRow, PurchaseTarget } from "./purchase-rows.ts";
import {
  type EntitlementRow,
  insertEntitlement,
  insertFacts,
  insertInvoices,
  insertTask,
  moveEntitlement,
  type PlanEntitlementRow,
  putPlanEntitlement,
  raisePaymentFact,
} from "./purchases.ts";
import type {
  billingSubscriptions,
  checkoutFacts,
  checkoutIntents,
  paymentFacts,
  productEntitlements,
  productFulfillmentTasks,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";
import { dropOthers, noteSubscriptionEvent, putSubscription, type SubscriptionRow } from "./subscriptions.ts";

type NewPayment = InferInsertModel<typeof paymentFacts>;

/** The rows that a report changes. `unassigned_payments`: no checkout is known to be paid by them yet. */
export type PurchaseChanges =
  | { readonly kind: "none" }
  | { readonly kind: "unassigned_payments"; readonly payments: readonly NewPayment[]; readonly target: PurchaseTarget }
  | ({ readonly kind: "purchase" } & PurchaseRowChanges);

/** Each row with its state before, which the commit re-checks. */
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
  /** The payments that were decided by, where this report is the first to link one of them to the checkout. */
  readonly guardedPayments: readonly Pick<PaymentFactRow, "rank">[] | undefined;
}

export type SubscriptionWrite =
  | {
      readonly kind: "put";
      readonly row: InferInsertModel<typeof billingSubscriptions>;
      readonly before: SubscriptionRow | undefined;
    }
  | {
      readonly kind: "repeated";
      readonly before: SubscriptionRow;
      readonly latest: Pick<SubscriptionRow, "stateEventAt" | "stateEventRank" | "stateEventId">;
    };

/** The statements of a report's changes: all of them or none, as each guard aborts the batch with `purchase_moved`. */
export function purchaseWrites(store: Store, changes: PurchaseChanges): Query[] {
  switch (changes.kind) {
    case "none":
      return [];
    case "unassigned_payments":
      return [...changes.payments.map((row) => raisePaymentFact(store, row)), guardNobodys(store, changes.target)];
    case "purchase": {
      const { intent, intentChange, facts, payments, invoices, grants, plan, guardedPayments } = changes;
      const writes = [
        ...(facts.length > 0 ? [insertFacts(store, [...facts])] : []),
        ...payments.map((row) => raisePaymentFact(store, row)),
        ...(invoices.length > 0 ? [insertInvoices(store, [...invoices])] : []),
        ...(intentChange ? updateIntent(store, intent, intentChange) : []),
        ...grants.flatMap(({ entitlement, task }) => [insertEntitlement(store, entitlement), insertTask(store, task)]),
        ...changes.movedEntitlements.flatMap(({ before, change }) => moveEntitlement(store, before, change)),
        ...(changes.subscription ? subscriptionWrites(store, changes.subscription) : []),
        ...(changes.onlySubscription ? dropOthers(store, intent.id, changes.onlySubscription) : []),
        ...(plan ? putPlanEntitlement(store, plan.row, plan.before) : []),
      ];
      if (writes.length === 0) return [];
      const guards = guardedPayments ? [guardDecidedBy(store, intent.id, guardedPayments)] : [];
      return [...takePurchase(store, intent), ...writes, ...guards];
    }
  }
}

function subscriptionWrites(store: Store, write: SubscriptionWrite): Query[] {
  switch (write.kind) {
    case "put":
      return putSubscription(store, write.row, write.before);
    case "repeated":
      return noteSubscriptionEvent(store, write.before, write.latest);
  }
}
