import type { Child } from "hono/jsx";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { type ListPosition, openCursor, pageOf, sealCursor } from "../base/list.ts";
import { isThere } from "../commerce/routes.ts";
import { intentsPage } from "../db/checkouts.ts";
import type { Query } from "../db/database.ts";
import { succeededPage } from "../db/operations.ts";
import { plansBought } from "../db/subscriptions.ts";
import type { Context } from "../kernel/context.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { Confirmations } from "./confirmations.tsx";
import { orderItems } from "./orders.tsx";
import { planItems } from "./plans.tsx";

/** Each list, in the order of the account page. */
export const ACCOUNT_LISTS = ["orders", "plans", "confirmations"] as const;
/** A list of a person's account: its newest rows are on the account page, all of them on its own page. */
type AccountList = (typeof ACCOUNT_LISTS)[number];

/** The person whose list it is, and the token of the forms in it. */
interface Reader {
  readonly person: Person;
  readonly formToken: string;
}

interface Items {
  readonly items: Child;
  readonly more: boolean;
  readonly last: ListPosition | undefined;
}

const TITLES: Readonly<Record<AccountList, string>> = {
  orders: "Orders",
  plans: "Plans",
  confirmations: "Signed confirmations",
};
const pathOf = (list: AccountList) => `/account/${list}`;
/** Rows of each list on the account page. */
const SHOWN = 5;

/** The newest of each list, for the account page. */
export async function newestOfLists(person: Person, formToken: string, ctx: Context): Promise<Child> {
  const shown = ACCOUNT_LISTS.filter((list) => isThere(pathOf(list), ctx.parts));
  const lists = await Promise.all(
    shown.map(async (list) => {
      const { items, more } = await itemsOf(list, { person, formToken }, undefined, SHOWN, ctx);
      return (
        <>
          <h2>{TITLES[list]}</h2>
          {items}
          {more && (
            <p>
              <a href={pathOf(list)}>{`All ${TITLES[list].toLowerCase()}`}</a>
            </p>
          )}
        </>
      );
    }),
  );
  return <>{lists}</>;
}

/** `GET /account/orders`, `/account/plans` and `/account/confirmations`: the whole list, in pages. */
export async function showAccountList(list: AccountList, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const path = pathOf(list);
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(path));
  const place = `${path} for ${person.userId}`;
  const cursor = new URL(request.url).searchParams.get("after");
  // An edited cursor, or another person's, shows the start of the list.
  const after = cursor === null ? undefined : await openCursor(ctx.keyring, cursor, place);
  const reader = { person, formToken: auth.forms.issue(request, person).token };
  const { items, last } = await itemsOf(list, reader, after, Number.POSITIVE_INFINITY, ctx);
  const older = last && new URLSearchParams({ after: await sealCursor(ctx.keyring, last, place) });
  return businessPage(ctx, () => ({
    title: TITLES[list],
    // "Manage billing" redirects to the payment provider.
    formsMayLeave: list === "plans",
    content: (
      <>
        {items}
        <p class="actions">
          <a href="/account">Your account</a>
          {after && <a href={path}>Newest</a>}
          {older && <a href={`${path}?${older}`}>Older</a>}
        </p>
      </>
    ),
  }));
}

async function itemsOf(
  list: AccountList,
  { person: { userId }, formToken }: Reader,
  after: ListPosition | undefined,
  limit: number,
  ctx: Context,
): Promise<Items> {
  const paged = async <Row,>(query: Query<Row[]>, position: (row: Row) => ListPosition) => {
    const { page, last } = pageOf((await ctx.db.read({ rows: query })).rows, position);
    return { shown: page.slice(0, limit), more: page.length > limit, last };
  };
  const ownPosition = ({ createdAt, id }: ListPosition) => ({ createdAt, id });
  switch (list) {
    case "plans": {
      const { shown, ...rest } = await paged(plansBought(ctx, userId, after), ({ checkout }) => ownPosition(checkout));
      return { items: planItems(shown, formToken, ctx), ...rest };
    }
    case "orders": {
      const { shown, ...rest } = await paged(intentsPage(ctx, userId, after), ownPosition);
      return { items: await orderItems(shown, ctx), ...rest };
    }
    case "confirmations": {
      const { shown, ...rest } = await paged(succeededPage(ctx, userId, after), ownPosition);
      return { items: <Confirmations rows={shown} />, ...rest };
    }
  }
}
