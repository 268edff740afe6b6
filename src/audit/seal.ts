import * as z from "zod";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { hexHash } from "../base/fields.ts";
import { type RowRecord, valuesOf } from "../db/sealed-rows.ts";
import type { Statement } from "../signing/signed.ts";

const sealFields = z.strictObject({
  /** The business whose rows are sealed; its chain is its own. */
  owner: z.string(),
  /** Counts from 1 without a gap. */
  number: z.int().positive(),
  /** The rows after this sequence … */
  after: z.int().nonnegative(),
  /** … up to and including this one. */
  through: z.int().positive(),
  rows: z.int().positive(),
  /** SHA-256 of the rows, as `rowsText` writes them; a row holds the hash of the one that its commit added elsewhere. */
  rowsSha256: hexHash,
  /** SHA-256 of the seal before this one, which ties them into a chain; null for the first. */
  previousSha256: hexHash.nullable(),
  sealedAt: z.iso.datetime(),
});

/** The claims of a seal about a stretch of the audit. */
export type Seal = z.output<typeof sealFields>;

/** How seals are signed and read. */
export const SEAL: Statement<Seal> = { type: "commerce-audit-seal+jws", name: "seal", fields: sealFields };

/** The canonical JSON of rows (RFC 8785), in their order; exported for the test of its form. */
export const rowsText = (rows: readonly RowRecord[]): string => canonicalJson(rows.map(valuesOf));

/** The hash of rows that their seal holds. */
export const rowsSha256 = (rows: readonly RowRecord[]): Promise<string> => sha256(rowsText(rows));
