import { sessionActor } from "../auth/session-actor.ts";
import { pageOf } from "../base/list.ts";
import { withdrawRevocationIntent } from "../commerce/access/withdraw-revocation-intent.ts";
import { REVOCATION_REASON_WORDS, REVOCATION_WORDS } from "../commerce/words.ts";
import { revocationIntentsPage as intentRows, openIntentIdsOnPage } from "../db/revocation-intents.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { RowForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Id } from "./elements.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { entitlementPath } from "./paths.ts";

/** Removal intents and their withdrawals, newest first; an open intent can be withdrawn. */
export const revocationIntentsPage: ConsolePage = {
  path: "/owner/revocation-intents",

  async show(visit, refusal) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, {
      intents: intentRows(ctx, after),
      open: openIntentIdsOnPage(ctx, after),
    });
    const { page, last } = pageOf(rows.intents, ({ createdAt, id }) => ({ createdAt, id }));
    const open = new Set(rows.open.map(({ id }) => id));
    const content = (
      <>
        <p class="soft">An intent is a note. It removes no access.</p>
        <Table
          label="Removal intents"
          head={["Product", "Reason", "State", "Recorded", "Withdraw", "Id"]}
          empty="No intent yet."
          rows={page.map((row) => [
            row.targetEntitlementId === null ? (
              row.productId
            ) : (
              <a href={entitlementPath(row.targetEntitlementId)}>{row.productId}</a>
            ),
            row.reasonCode === null ? "" : REVOCATION_REASON_WORDS[row.reasonCode],
            open.has(row.id) ? "open" : REVOCATION_WORDS[row.status],
            <When at={row.createdAt} />,
            open.has(row.id) ? (
              <RowForm visit={visit} hidden={{ intentId: row.id }} button="Withdraw" label={`Withdraw ${row.id}`} />
            ) : (
              ""
            ),
            <Id of={row.id} />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Removal intents", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const { person, site } = visit;
    await withdrawRevocationIntent(fields.get("intentId") ?? "", sessionActor(person, site.ctx), site.ctx);
    return `${visit.url.pathname}?done=withdrawn`;
  },
};
