import { pageOf } from "../base/list.ts";
import { MODE_WORDS, OPERATION_WORDS, PROOF_WORDS } from "../commerce/words.ts";
import { operationStories } from "../db/console.ts";
import { Client, Table, When, Who } from "../pages/elements.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { titleOf } from "./operation-page.tsx";
import { olderOf, Pager, positionOf } from "./paging.tsx";

/** Everybody's operations with who, through which client, and by which proof; newest first. */
export const operationsPage: ConsolePage = {
  path: "/owner/operations",
  async show(visit, again) {
    const { ctx, writes } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { stories: operationStories(ctx, after) });
    const { page, last } = pageOf(rows.stories, ({ operation: { createdAt, id } }) => ({ createdAt, id }));
    const older = await olderOf(visit, last);
    const content = (
      <>
        <Table
          label="Operations"
          head={["What", "Who", "Through", "Proof", "State", "Stripe", "When"]}
          empty="Nothing was done yet."
          rows={page.map(({ operation, personName, personEmail, clientName, stripeMode }) => [
            <a href={`/owner/operations/${encodeURIComponent(operation.id)}`}>
              {titleOf(operation.writeName, writes)}
            </a>,
            <Who name={personName} email={personEmail} id={operation.actorId} />,
            <Client name={clientName} clientId={operation.clientId} />,
            PROOF_WORDS[operation.proof],
            OPERATION_WORDS[operation.status],
            stripeMode === null ? "" : MODE_WORDS[stripeMode],
            <When at={operation.createdAt} />,
          ])}
        />
        <Pager visit={visit} older={older} />
      </>
    );
    return consolePage(visit, { title: "Operations", business, content, again });
  },
};
