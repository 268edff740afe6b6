import { pageOf } from "../base/list.ts";
import { ledgerWords } from "../commerce/words.ts";
import { ledgerPage as ledgerRows } from "../db/ledger.ts";
import { Table } from "../pages/elements.tsx";
import { Money, When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Id, OrderLink } from "./elements.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { ledgerEntryPath } from "./paths.ts";

/** All ledger entries, newest first. */
export const ledgerPage: ConsolePage = {
  path: "/owner/ledger",
  async show(visit, refusal) {
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { entries: ledgerRows(visit.site.ctx, after) });
    const { page, last } = pageOf(rows.entries, ({ createdAt, id }) => ({ createdAt, id }));
    const content = (
      <>
        <p class="soft">Evidence for review. Nothing here is ever payable.</p>
        <Table
          label="Ledger entries"
          head={["Sale", "Commission", "Partner", "State", "Recorded", "Order", "Id"]}
          empty="No evidence yet."
          rows={page.map((entry) => [
            <a href={ledgerEntryPath(entry.id)}>
              <Money cents={entry.sourceCheckoutAmountCents} currency={entry.currency} />
            </a>,
            <Money cents={entry.commissionCents} currency={entry.currency} />,
            entry.partnerId,
            ledgerWords(entry.ledgerStatus, entry.reviewStatus),
            <When at={entry.createdAt} />,
            <OrderLink id={entry.checkoutIntentId} />,
            <Id of={entry.id} />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Commission ledger", business, content, refusal });
  },
};
