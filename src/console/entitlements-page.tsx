import { pageOf } from "../base/list.ts";
import { ENTITLEMENT_WORDS, productWords } from "../commerce/words.ts";
import { entitlementsPage as entitlementRows } from "../db/entitlements.ts";
import { Table } from "../pages/elements.tsx";
import { OwnWords, When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Id, OrderLink } from "./elements.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { entitlementPath } from "./paths.ts";

/** All entitlements, newest first. */
export const entitlementsPage: ConsolePage = {
  path: "/owner/entitlements",
  async show(visit, refusal) {
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { entitlements: entitlementRows(visit.site.ctx, after) });
    const { page, last } = pageOf(rows.entitlements, ({ grantedAt, id }) => ({ createdAt: grantedAt, id }));
    const content = (
      <>
        <p class="soft">Access starts and ends only by Stripe's reports.</p>
        <Table
          label="Access given"
          head={["Product", "Access", "Granted", "Order", "Id"]}
          empty="No access was granted yet."
          rows={page.map((row) => [
            <a href={entitlementPath(row.id)}>
              <OwnWords>{productWords(row.productName)}</OwnWords>
            </a>,
            ENTITLEMENT_WORDS[row.status],
            <When at={row.grantedAt} />,
            <OrderLink id={row.checkoutIntentId} />,
            <Id of={row.id} />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Access given", business, content, refusal });
  },
};
