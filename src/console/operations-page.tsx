import { pageOf } from "../base/list.ts";
import { ACTOR_WORDS, MODE_WORDS, OPERATION_WORDS, PROOF_WORDS } from "../commerce/words.ts";
import { auditOfOperator } from "../db/audit.ts";
import { operationDetailsPage } from "../db/console.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, Who } from "./elements.tsx";
import { titleOf } from "./operation-page.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { operationPath } from "./paths.ts";

/** The most commands of the operator that are shown. */
const MOST_COMMANDS = 10;

/** All operations with their actor, app and proof, newest first, and what the operator did to the database. */
export const operationsPage: ConsolePage = {
  path: "/owner/operations",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, {
      stories: operationDetailsPage(ctx, after),
      commands: auditOfOperator(ctx, MOST_COMMANDS),
    });
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
        {rows.commands.length > 0 && (
          <>
            <h2>On the command line</h2>
            <Table
              label="Commands of the operator"
              head={["When", "Who", "What changed", "Audit"]}
              empty=""
              rows={rows.commands.map(({ createdAt, actorKind, summary, auditCorrelationId }) => [
                <When at={createdAt} />,
                ACTOR_WORDS[actorKind],
                summary,
                <code>{auditCorrelationId}</code>,
              ])}
            />
          </>
        )}
      </>
    );
    return consolePage(visit, { title: "Operations", business, content, refusal });
  },
};
