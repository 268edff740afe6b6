/** A table under the audit's seal: an audit row of the commit that adds a row to it holds the row's hash. */
interface SealedTable {
  readonly table: string;
  /** The kinds of audit rows that hold the hash of a row of the table. */
  readonly events: readonly string[];
  /** The column of the audit row, and that of the row, by whose common value one finds the other. */
  readonly auditColumn: "subject_id" | "operation_id";
  readonly rowColumn: "id" | "operation_id";
  /** The status of rows that follow the seeds, under no seal. */
  readonly seededStatus?: string;
}

/** The append-only tables under the seal, beside the audit itself. No column of theirs holds what a person wrote. */
export const SEALED_TABLES = [
  {
    table: "affiliate_commission_ledger_actions",
    events: ["affiliate_commission_ledger_owner_review_action"],
    // The subject of a review's audit row is the entry: its operation adds one action.
    auditColumn: "operation_id",
    rowColumn: "operation_id",
  },
  {
    table: "checkout_post_purchase_decisions",
    events: ["post_purchase_non_billing_decision_recorded"],
    auditColumn: "subject_id",
    rowColumn: "id",
  },
  {
    table: "product_entitlement_revocation_intents",
    events: ["product_revocation_intent_recorded", "product_revocation_intent_withdrawn"],
    auditColumn: "subject_id",
    rowColumn: "id",
    seededStatus: "revocation_intent_ready",
  },
] as const satisfies readonly SealedTable[];

/** The kinds of audit rows that hold the hash of another row. */
export const ROW_EVENTS: readonly string[] = SEALED_TABLES.flatMap(({ events }) => events);
