import { pageOf } from "../base/list.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { notFound } from "../base/problem.ts";
import { ACTOR_WORDS, MODE_WORDS, PROOF_WORDS } from "../commerce/words.ts";
import { orderQueries } from "../db/order-details.ts";
import { entriesOf, TIMELINE_SIZE } from "../db/order-timeline.ts";
import { Facts } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { declaredName } from "../pages/untrusted-text.ts";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, Buyer } from "./elements.tsx";
import { AtStripe, Blocked, Money, Periods } from "./order-money.tsx";
import { Access, Answers, Evidence, Mails, Plan } from "./order-parts.tsx";
import { Timeline } from "./order-timeline.tsx";
import { ORDER_WORDS } from "./order-words.ts";
import { Pager, positionOf } from "./paging.tsx";
import { operationPath, ordersPath } from "./paths.ts";
import { payerText } from "./payer-text.ts";

/** One order: what was bought and paid, by whom and through which app, what it gave, and all that happened to it. */
export const orderPage: ConsolePage = {
  path: "/owner/orders/:id",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, orderQueries(ctx, visit.params.id ?? "", after));
    const [order] = rows.order;
    if (!order) throw notFound();
    const { intent } = order;
    const { page, last } = pageOf(entriesOf(rows), ({ createdAt, id }) => ({ createdAt, id }), TIMELINE_SIZE);
    const [plan] = rows.plan;
    const [evidence] = rows.evidence;
    const content = (
      <>
        <p>
          <strong>{ORDER_WORDS[intent.status]}</strong>
          {intent.stripeMode !== (ctx.maxMode ?? "sandbox") && <>, {MODE_WORDS[intent.stripeMode]}</>}
        </p>
        {intent.blockedReason !== null && <Blocked intent={intent} reason={intent.blockedReason} />}
        <Money intent={intent} lines={rows.lines} payments={rows.payments} />
        {rows.periods.length > 0 && <Periods periods={rows.periods} payments={rows.payments} />}
        <h2>Buyer</h2>
        <Facts
          facts={[
            ["Account", <Buyer of={order} />],
            ["Paid by", await payerText(rows.payer[0], ctx)],
          ]}
        />
        <h2>Agent</h2>
        <Facts
          facts={[
            ["App", <App name={order.clientName} clientId={order.clientId} />],
            order.clientId !== null && ["Calls itself, unverified", declaredName(order.clientDeclared) ?? "nothing"],
            order.actorKind !== null && ["Ordered by", ACTOR_WORDS[order.actorKind]],
            order.proof !== null && ["Agreed", PROOF_WORDS[order.proof]],
            ["Confirmed", <When at={intent.confirmedAt} />],
            order.proof !== null && [
              "What was recorded",
              <a href={operationPath(intent.operationId)}>the operation, with its text</a>,
            ],
            intent.agentClientId !== null && [
              "Other orders",
              <a href={ordersPath("client", intent.agentClientId)}>through this app</a>,
            ],
          ]}
        />
        {plan && <Plan plan={plan} />}
        <Access access={rows.access} ctx={ctx} />
        {evidence && ctx.parts.has("affiliates") && <Evidence entry={evidence} />}
        {rows.answers.length > 0 && <Answers answers={rows.answers} ctx={ctx} />}
        {rows.mails.length > 0 && <Mails mails={rows.mails} />}
        <h2 id="timeline">What happened</h2>
        <Timeline entries={page} intent={intent} parts={ctx.parts} />
        <Pager visit={visit} last={last} />
        <AtStripe intent={intent} />
        <p>
          <small>
            Order <code>{intent.id}</code>
          </small>
        </p>
      </>
    );
    return consolePage(visit, { title: `Order ${orderNumberOf(intent.id)}`, business, content, refusal });
  },
};
