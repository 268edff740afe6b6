/**
 * The published facts of a write beside its arguments and its answer. Its tool, its HTTP route, the pages and the
 * published document take them from here.
 */
export interface WriteContract {
  /** The name of the write, which is its tool's. */
  readonly write: string;
  readonly route: `/api/${string}`;
  /** The tables that the write adds a row to, its subject first, without the audit. */
  readonly tables: readonly string[];
  /** Statuses of the subject in which the write is possible; empty where the subject has none. */
  readonly eligibleStatuses: readonly string[];
  /** The confirmation text, where it depends on the business alone. */
  readonly confirmation?: (business: { readonly confirmationName: string }) => string;
  /** Data that is stored and never shown to a model: columns, and kinds of data without a column. */
  readonly serverPrivateFields: readonly string[];
}
