/**
 * What a published write says of itself beside its arguments and its answer. Its tool, its HTTP twin, pages and the
 * published document read it here, so that each fact stands once.
 */
export interface WriteContract {
  /** The name of the write, which is its tool's. */
  readonly write: string;
  readonly route: `/api/${string}`;
  /** The tables that the write adds a row to, its subject first; the audit is understood. */
  readonly tables: readonly string[];
  /** Statuses of the subject in which the write is possible; empty where the subject has none. */
  readonly eligibleStatuses: readonly string[];
  /** The exact sentence, where it depends on the business alone. */
  readonly confirmation?: (business: { readonly name: string }) => string;
  /** What is stored and shown to no model: columns, and kinds of data that have no column. */
  readonly serverPrivateFields: readonly string[];
}
