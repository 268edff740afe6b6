import { notFound } from "../src/base/problem.ts";
import { reviewContract } from "../src/commerce/affiliates/contracts.ts";
import { ledgerEntryFields } from "../src/commerce/affiliates/ledger-entry.ts";
import { ledgerEntryById, reviewActionsOf } from "../src/db/ledger.ts";
import { businessRow } from "../src/db/operations.ts";
import { publicRow } from "../src/db/public-row.ts";
import { affiliateCommissionLedgerActions } from "../src/db/schema/index.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** One ledger entry with its latest review actions. The owner's reasons stay private. */
export const ledgerEntry = defineResource({
  name: "ledger-entry",
  uri: "commerce://ledger-entries/{id}",
  title: "Ledger entry",
  description:
    "One commission ledger entry: statuses, updatedAt, latest actions, and the exact text for review_commission_evidence.",
  part: "affiliates",
  readers: ["owner:read"],
  load: ({ params, ctx }) => ({
    entry: ledgerEntryById(ctx, params.id ?? ""),
    actions: reviewActionsOf(ctx, params.id ?? ""),
    business: businessRow(ctx),
  }),
  present({ rows }) {
    const [entry] = rows.entry;
    const [business] = rows.business;
    if (!entry || !business) throw notFound("uri");
    return {
      ...ledgerEntryFields(entry),
      actions: rows.actions.map((row) => publicRow(affiliateCommissionLedgerActions, row)),
      confirmationText: reviewContract.confirmation(business),
    };
  },
});
