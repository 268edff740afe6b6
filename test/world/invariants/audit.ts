import { type Change, VERSIONED } from "../journal.ts";
import type { Row, Witness } from "../witness.ts";
import { grouped, type Invariant } from "./invariant.ts";

/** The tables whose versions the audit tells of; operations and events are told by what they change. */
const AUDITED: ReadonlySet<string> = new Set(
  VERSIONED.filter((table) => table !== "operations" && table !== "stripe_webhook_events"),
);
/** Rows that are never changed: the audit has one row of each. */
const ADDED = [
  "checkout_referral_attributions",
  "checkout_post_purchase_decisions",
  "product_entitlement_revocation_intents",
] as const;

/** P11: the audit tells the same story as the database's own journal: each version of a row once, in its order. */
export const auditTellsAll: Invariant = {
  id: "P11",
  says: "each state change has exactly one audit row, and each audit row its change",
  broken({ witness }) {
    const { rows, journal } = witness;
    const changes = grouped(
      journal.filter(({ tbl, updated_at, old_updated_at }) => AUDITED.has(tbl) && updated_at !== old_updated_at),
      ({ id }) => id,
    );
    const audit = grouped(
      rows.payment_audit_events.toSorted((one, other) => Number(one.sequence) - Number(other.sequence)),
      ({ subject_id }) => String(subject_id),
    );
    const stories = [...changes].flatMap(([id, versions]) => storyFault(id, versions, audit.get(id) ?? [], witness));
    const added = ADDED.flatMap((table) =>
      rows[table].flatMap(({ id }) => {
        const count = audit.get(String(id))?.length ?? 0;
        return count === 1 ? [] : [`${table} ${id} has ${count} audit rows`];
      }),
    );
    const known = new Set(
      [...Object.values(rows).flat(), ...journal].flatMap(({ id }) => (typeof id === "string" ? [id] : [])),
    );
    const orphans = [...audit.keys()]
      .filter((id) => !known.has(id))
      .map((id) => `the audit tells of ${id}, which is nowhere`);
    return [...stories, ...added, ...orphans];
  },
};

/** How the versions of a row and what the audit tells of it differ, in words. */
function storyFault(id: string, versions: readonly Change[], audit: readonly Row[], witness: Witness): string[] {
  // The audit tells a ledger entry's review, and the entry has two more statuses.
  const word = (status: unknown) => (versions[0]?.tbl === "affiliate_commission_ledger_entries" ? "entry" : status);
  const told = audit.flatMap(({ subject_status }) => (subject_status === null ? [] : [word(subject_status)]));
  let next = 0;
  let untold = 0;
  const silent: string[] = [];
  for (const { status, differs } of versions) {
    if (next < told.length && told[next] === word(status ?? "forgotten")) next += 1;
    else if (differs) silent.push(`${id} became ${status ?? "deleted"}, and the audit has no row of it`);
    else untold += 1;
  }
  // A write that claims a version of its subject tells of what it did to it, under a subject of its own.
  const claims = witness.rows.operations.filter(({ subject_id }) => subject_id === id).length;
  return [
    ...silent,
    ...(next < told.length ? [`${id}: the audit tells ${told.join(", ")}, and no version of it is ${told[next]}`] : []),
    ...(untold > claims ? [`${id} has ${untold} new versions without an audit row, and ${claims} operations`] : []),
  ];
}
