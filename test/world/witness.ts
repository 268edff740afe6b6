import type { AuditVerdict } from "../../src/audit/verify.ts";
import { type Charge, charges } from "../accounts/cells.ts";
import { auditVerdict } from "../support/audit-verdict.ts";
import type { Moment } from "../support/time-travel.ts";
import type { World } from "../support/world.ts";
import type { Change } from "./journal.ts";

export type Row = Readonly<Record<string, string | number | null>>;

const TABLES = [
  "operations",
  "approvals",
  "checkout_intents",
  "checkout_intent_lines",
  "checkout_facts",
  "payment_facts",
  "payment_traces",
  "checkout_referral_attributions",
  "product_entitlements",
  "product_fulfillment_tasks",
  "publisher_plan_entitlements",
  "billing_subscriptions",
  "billing_invoices",
  "stripe_webhook_events",
  "checkout_post_purchase_decisions",
  "affiliate_commission_ledger_entries",
  "affiliate_commission_ledger_actions",
  "product_entitlement_revocation_intents",
  "product_asset_uploads",
  "provider_refusals",
  "payment_audit_events",
  "scheduled_runs",
  "mail_outbox",
] as const;
type Table = (typeof TABLES)[number];

/** All that is stored here and at Stripe after a run. */
export interface Witness {
  /** The rows of each table that the run added to the first moment. */
  readonly rows: Readonly<Record<Table, readonly Row[]>>;
  readonly journal: readonly Change[];
  readonly verdict: AuditVerdict;
  readonly sessions: Awaited<ReturnType<World["sandbox"]["sessions"]>>;
  readonly subscriptions: Awaited<ReturnType<World["sandbox"]["subscriptions"]>>;
  readonly charges: readonly Charge[];
  readonly stripeCalls: Awaited<ReturnType<World["sandbox"]["calls"]>>;
  /** Every event that Stripe tells of. */
  readonly events: Awaited<ReturnType<World["sandbox"]["deliveries"]>>;
}

/** Looks at both sides. */
export async function witnessOf(world: World, head: string | undefined, first: Moment): Promise<Witness> {
  const { db, sandbox } = world;
  const results = await db.batch<Row>([
    ...TABLES.map((table) => db.prepare(`SELECT * FROM ${table}`)),
    db.prepare("SELECT * FROM world_journal ORDER BY seq"),
  ]);
  const rows = TABLES.map((table, index) => {
    const known = new Set((first[table] ?? []).map((row) => row.id));
    return [table, (results[index]?.results ?? []).filter(({ id }) => id === undefined || !known.has(id))] as const;
  });
  return {
    // The cast holds: there is one entry for each table, and the journal has the columns of a change.
    rows: Object.fromEntries(rows) as unknown as Witness["rows"],
    journal: (results.at(-1)?.results ?? []) as unknown as Change[],
    verdict: await auditVerdict(world, head),
    sessions: await sandbox.sessions(),
    subscriptions: await sandbox.subscriptions(),
    charges: await charges(world),
    stripeCalls: await sandbox.calls(),
    events: await sandbox.deliveries(),
  };
}
