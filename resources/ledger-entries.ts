import { pageOf } from "../src/base/list.ts";
import { ledgerEntryFields } from "../src/commerce/affiliates/ledger-entry.ts";
import { ledgerPage } from "../src/db/ledger.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** All commission evidence, newest first. */
export const ledgerEntries = defineResource({
  name: "ledger-entries",
  uri: "commerce://ledger-entries",
  title: "Ledger entries",
  description: "Review-only commission evidence, newest first, in pages by nextUri. The owner's.",
  part: "affiliates",
  readers: ["owner:read"],
  list: true,
  load: ({ after, ctx }) => ({ entries: ledgerPage(ctx, after) }),
  present({ rows }) {
    const { page, last } = pageOf(rows.entries, ({ createdAt, id }) => ({ createdAt, id }));
    return { items: page.map(ledgerEntryFields), last };
  },
});
