import { isoTime } from "../../base/time.ts";
import type { LedgerRow } from "../../db/ledger.ts";
import { publicRow } from "../../db/public-row.ts";
import { affiliateCommissionLedgerEntries } from "../../db/schema/index.ts";

export const ledgerEntryUri = (id: string) => `commerce://ledger-entries/${encodeURIComponent(id)}`;

/** An entry's public fields by wire name. The id stands twice: as `id`, and as `commissionLedgerId`, which writes take. */
export function ledgerEntryFields(row: LedgerRow): Record<string, unknown> {
  const { id, sourceCheckoutAmountCents, ...others } = publicRow(affiliateCommissionLedgerEntries, row);
  return {
    id,
    commissionLedgerId: id,
    grossSaleCents: sourceCheckoutAmountCents,
    ...others,
    updatedAt: isoTime(row.updatedAt),
  };
}
