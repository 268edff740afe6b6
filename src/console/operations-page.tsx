import { pageOf } from "../base/list.ts";
import { MODE_WORDS, OPERATION_WORDS, PROOF_WORDS } from "../commerce/words.ts";
import { operationDetailsPage } from "../db/console.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, Who } from "./elements.tsx";
import { titleOf } from "./operation-page.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { operationPath } from "./paths.ts";

/** All operations with their actor, app and proof, newest first. */
export const operationsPage: ConsolePage = {
  path: "/owner/operations",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { stories: operationDetailsPage(ctx, after) });
    const { page, last } = pageOf(rows.stories, ({ operation: { createdAt, id } }) => ({ createdAt, id }));
    const content = (
      <>
        <Table
          label="Operations"
          head={["Operation", "Who", "App", "Proof", "State", "Stripe mode", "Started"]}
          empty="No operation yet."
          rows={page.map(({ operation, personName, personEmail, clientName, stripeMode }) => [
            <a href={operationPath(operation.id)}>{titleOf(operation.writeName, ctx)}</a>,
            <Who name={personName} email={personEmail} id={operation.actorId} />,
            <App name={clientName} clientId={operation.clientId} />,
            PROOF_WORDS[operation.proof],
            OPERATION_WORDS[operation.status],
            stripeMode === null ? "" : MODE_WORDS[stripeMode],
            <When at={operation.createdAt} />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Operations", business, content, refusal });
  },
};
