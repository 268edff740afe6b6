import { pageOf } from "../base/list.ts";
import { paidText, taxedText } from "../commerce/tax.ts";
import { blockedWords, MODE_WORDS } from "../commerce/words.ts";
import { currenciesUsed } from "../db/order-choices.ts";
import { type ListedOrder, ordersPage as orderRows } from "../db/orders.ts";
import { Table } from "../pages/elements.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Buyer, Id, OrderLink } from "./elements.tsx";
import { ORDER_WORDS } from "./order-words.ts";
import { choiceQueries, choicesOf, formOf, readFilter } from "./orders-filter.ts";
import { FilterForm, SearchForm } from "./orders-forms.tsx";
import { type Found, findOrders, LONGEST_SEARCH, searchOf } from "./orders-search.ts";
import { Pager, positionOf } from "./paging.tsx";
import { orderPath } from "./paths.ts";
import type { Visit } from "./visit.tsx";

/** The orders of the business: all of them or those of one filter, newest first, and the search for one. */
export const ordersPage: ConsolePage = {
  path: "/owner/orders",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const [form, search] = [formOf(visit.url), searchOf(visit.url)];
    const after = await positionOf(visit);
    // The days of a filter are those of the business's zone, and an amount is one of its currencies: they are read first.
    const { rows, business } = await readRows(visit, { ...choiceQueries(form, ctx), currencies: currenciesUsed(ctx) });
    const groups = choicesOf(rows);
    const { filter, faults } = readFilter(form, groups, business.timeZone);
    const found =
      search.typed === ""
        ? undefined
        : await findOrders(
            search,
            rows.currencies.map(({ currency }) => currency),
            after,
            ctx,
          );
    const only = after === undefined && found && onlyOne(found);
    if (only) return seeOther(ctx.publicUrl, ctx.publicUrl + orderPath(only.id));
    const orders = found?.orders ?? (await ctx.db.read({ orders: orderRows(ctx, filter, after) })).orders;
    const { page, last } = pageOf(orders, ({ listedAt, id }) => ({ createdAt: listedAt, id }));
    const content = (
      <>
        <SearchForm typed={search.typed} />
        <FilterForm form={form} groups={groups} faults={faults} />
        {found ? <SearchResult found={found} visit={visit} /> : null}
        {page.length === 0 && found ? null : <Orders orders={page} visit={visit} />}
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Orders", business, content, refusal });
  },
};

const onlyOne = ({ orders: [only, ...others], alsoOfAccount }: Found) =>
  only && others.length === 0 && !alsoOfAccount ? only : undefined;

const FOUND: Readonly<Record<NonNullable<Found["kind"]>, readonly [some: string, none: string]>> = {
  id: ["The order with that id", "No order has that id."],
  number: ["Orders with that number", "No order has that number."],
  payer: ["Orders paid by that address", "No order was paid by that address, and no account with it ordered."],
  account: ["Orders of the account with that address", "No account with that address ordered."],
  amount: ["Orders confirmed for or paid with that amount", "No order was confirmed for that amount or paid with it."],
};

/** What the search was taken for, and what it found. */
function SearchResult({ found: { kind, orders, alsoOfAccount }, visit }: { found: Found; visit: Visit }) {
  if (kind === undefined) {
    return (
      <Notice kind="bad">{`Search: an order is found by its number, its id, an e-mail address or an amount, in at most ${LONGEST_SEARCH} characters.`}</Notice>
    );
  }
  const [some, none] = FOUND[kind];
  if (orders.length === 0) return <p role="status">{none}</p>;
  const account = new URLSearchParams({ q: visit.url.searchParams.get("q") ?? "", of: "account" });
  return (
    <>
      <h2>{some}</h2>
      {alsoOfAccount && (
        <p>
          The account with that address has other orders, too: <a href={`/owner/orders?${account}`}>show its orders</a>.
        </p>
      )}
    </>
  );
}

function Orders({ orders, visit }: { orders: readonly ListedOrder[]; visit: Visit }) {
  // A mode is told where it differs from the one that this deployment sells in.
  const usual = visit.site.ctx.maxMode ?? "sandbox";
  const columns: readonly (readonly [string, (order: ListedOrder) => unknown, (order: ListedOrder) => boolean])[] = [
    ["Stripe mode", ({ stripeMode }) => MODE_WORDS[stripeMode], ({ stripeMode }) => stripeMode !== usual],
    [
      "What to do",
      ({ blockedReason, planSlug }) => blockedReason && blockedWords(blockedReason, planSlug),
      ({ blockedReason }) => blockedReason !== null,
    ],
  ];
  const shown = columns.filter(([, , has]) => orders.some(has));
  return (
    <Table
      label="Orders"
      head={["Order", "What", "Amount", "Status", "Buyer", "Started", ...shown.map(([name]) => name), "Id"]}
      empty="No order is in this list."
      rows={orders.map((order) => [
        <OrderLink id={order.id} />,
        <OwnWords>{(JSON.parse(order.names) as string[]).join(", ")}</OwnWords>,
        <Amount order={order} />,
        ORDER_WORDS[order.status],
        <Buyer of={order} />,
        <When at={order.createdAt} />,
        ...(shown.map(([, cell, has]) => (has(order) ? cell(order) : "")) as string[]),
        <Id of={order.id} />,
      ])}
    />
  );
}

/** The confirmed amount, and what was paid where it is another one or the order is blocked. */
function Amount({ order }: { order: ListedOrder }) {
  const { amountCents, currency, taxBehavior, paidCents, blockedReason } = order;
  return (
    <>
      <Amounts of={(write) => taxedText(amountCents, currency, taxBehavior, write)} />
      {paidCents !== null && (paidCents !== amountCents || blockedReason !== null) && (
        <span class="soft">
          {" "}
          paid: <Amounts of={(write) => paidText(order, write)} />
        </span>
      )}
    </>
  );
}
