import { isReply, settledReply } from "../run.ts";
import type { Played } from "../simulator.ts";
import type { Row } from "../witness.ts";
import type { Invariant } from "./invariant.ts";

/** What is compared of each table: facts and standings, without ids, times, and the way there. */
const COMPARED = {
  operations: ["write_name", "status"],
  approvals: ["write_name", "status"],
  checkout_intents: ["status", "blocked_reason", "amount_cents", "paid_cents", "tax_cents", "plan_slug"],
  checkout_facts: ["fact"],
  payment_facts: ["kind", "state", "amount_cents"],
  product_entitlements: ["entitlement_template_id", "status", "grant_kind"],
  product_fulfillment_tasks: ["fulfillment_kind", "status"],
  publisher_plan_entitlements: ["plan_slug", "status"],
  billing_subscriptions: ["plan_slug", "status", "cancel_at_period_end", "collection_paused"],
  billing_invoices: ["amount_cents", "tax_cents", "unserved"],
  checkout_post_purchase_decisions: ["decision_kind", "presented_offer_id"],
  affiliate_commission_ledger_entries: ["ledger_status", "review_status", "payout_status", "commission_cents"],
  affiliate_commission_ledger_actions: ["action_kind", "next_ledger_status", "next_review_status"],
  product_entitlement_revocation_intents: ["status", "reason_code"],
  product_asset_uploads: ["file_name", "status"],
} as const;

/** The end of a run, with the keys of callers in place of ids. */
export function endOf({ witness: { rows } }: Played): readonly string[] {
  const keys = new Map(rows.checkout_intents.map(({ id, idempotency_key }) => [id, idempotency_key]));
  const whose = (row: Row) => row.idempotency_key ?? keys.get(row.checkout_intent_id ?? null) ?? "";
  return Object.entries(COMPARED)
    .flatMap(([table, columns]) =>
      rows[table as keyof typeof COMPARED].map(
        (row) => `${table} ${whose(row)}: ${columns.map((name) => `${name} ${row[name]}`).join(", ")}`,
      ),
    )
    .sort();
}

/** What happened: how each call ended, and which steps had nothing to act on. */
export const factsOf = ({ run }: Played): string =>
  JSON.stringify([
    [...Map.groupBy(run.calls, ({ key }) => key)].map(([key, calls]) => [
      key,
      codeOf(calls.map(settledReply).findLast(isReply)),
    ]),
    run.skipped,
  ]);

const codeOf = (reply: { readonly code: string | undefined } | undefined) =>
  reply ? (reply.code ?? "done") : "unanswered";

/** P7: whatever the order, the faults and the losses, the end is that of the same facts in their order. */
export const sameEnd: Invariant = {
  id: "P7",
  says: "the same facts end in the same state",
  broken(played, straight) {
    if (!straight || factsOf(played) !== factsOf(straight)) return [];
    const [here, there] = [endOf(played), endOf(straight)];
    return [
      ...here.filter((line) => !there.includes(line)).map((line) => `only with faults: ${line}`),
      ...there.filter((line) => !here.includes(line)).map((line) => `only without: ${line}`),
      ...(here.length === there.length ? [] : [`${here.length} rows, ${there.length} without faults`]),
    ];
  },
};
