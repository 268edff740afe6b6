import type { NamedBusiness } from "./confirmation-texts.ts";

/**
 * What a published write says of itself. Its tool, its HTTP twin and the published documents read it here,
 * so that each fact stands once.
 */
export interface WriteContract {
  /** The name of the write, which is its tool's. */
  readonly write: string;
  readonly route: string;
  /** The tables that the write adds a row to, its subject first; the audit is understood. */
  readonly tables: readonly string[];
  /** Statuses of the subject in which the write is possible; empty where the subject has none. */
  readonly eligibleStatuses: readonly string[];
  /** The exact sentence, where it depends on the business alone; priced sentences are in `confirmation-texts.ts`. */
  readonly confirmation?: (business: NamedBusiness) => string;
  /** What an answer may carry, by wire name. */
  readonly publicSafeFields: readonly string[];
  /** What is stored and shown to no model: columns, and kinds of data that have no column. */
  readonly serverPrivateFields: readonly string[];
}
