import type { Child } from "hono/jsx";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { seeOther } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { CHECKOUT_WORDS, ENTITLEMENT_WORDS } from "../commerce/words.ts";
import type { Context } from "../context.ts";
import { accessOfCheckouts, linesOfCheckouts, succeededPage } from "../db/account.ts";
import { type IntentRow, intentsPage } from "../db/checkouts.ts";
import { businessRow, type OperationRow } from "../db/operations.ts";
import { type ListPosition, pageOf } from "../kernel/list.ts";
import { moneyText } from "../kernel/money.ts";
import { htmlPage } from "./layout.tsx";
import type { HttpParts } from "./parts.ts";

/** The lists of a person's account: the newest stand on the account page, all of them on a page of their own. */
export type AccountList = "purchases" | "receipts";

const TITLES: Readonly<Record<AccountList, string>> = { purchases: "Purchases", receipts: "Receipts" };
/** How many of each stand on the account page. */
const SHOWN = 5;

/** The newest of each list, for the account page. */
export async function newestOfLists(person: Person, ctx: Context): Promise<Child> {
  const lists = await Promise.all(
    (["purchases", "receipts"] as const).map(async (list) => {
      const { items, more } = await itemsOf(list, person, undefined, SHOWN, ctx);
      return (
        <>
          <h2>{TITLES[list]}</h2>
          {items}
          {more && (
            <p>
              <a href={`/account/${list}`}>{`All ${TITLES[list].toLowerCase()}`}</a>
            </p>
          )}
        </>
      );
    }),
  );
  return <>{lists}</>;
}

/** `GET /account/purchases` and `GET /account/receipts`: the whole list, in pages. */
export async function showAccountList(list: AccountList, request: Request, parts: HttpParts): Promise<Response> {
  const { ctx, auth } = parts;
  const path = `/account/${list}`;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(path));
  const place = `${path} for ${person.userId}`;
  const cursor = new URL(request.url).searchParams.get("after");
  // A position that was edited, or was another person's, is the start of the list.
  const opened = cursor === null ? undefined : await ctx.keyring.open(cursor, place).catch(() => undefined);
  const after = opened === undefined ? undefined : (JSON.parse(opened) as ListPosition);
  const { items, last } = await itemsOf(list, person, after, Number.POSITIVE_INFINITY, ctx);
  const older = last && new URLSearchParams({ after: await ctx.keyring.seal(JSON.stringify(last), place) });
  const [business] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  return htmlPage({
    title: TITLES[list],
    business: business?.name ?? "",
    publicUrl: ctx.publicUrl,
    content: (
      <>
        {items}
        <p class="actions">
          <a href="/account">To your account</a>
          {after && <a href={path}>Newest</a>}
          {older && <a href={`${path}?${older}`}>Older</a>}
        </p>
      </>
    ),
  });
}

async function itemsOf(list: AccountList, person: Person, after: ListPosition | undefined, most: number, ctx: Context) {
  const position = ({ createdAt, id }: ListPosition) => ({ createdAt, id });
  if (list === "receipts") {
    const { page, last } = pageOf(
      (await ctx.db.read({ rows: succeededPage(ctx, person.userId, after) })).rows,
      position,
    );
    return { items: <Receipts rows={page.slice(0, most)} />, last, more: page.length > most };
  }
  const { page, last } = pageOf((await ctx.db.read({ rows: intentsPage(ctx, person.userId, after) })).rows, position);
  const shown = page.slice(0, most);
  return { items: await purchases(shown, ctx), last, more: page.length > most };
}

async function purchases(intents: readonly IntentRow[], ctx: Context): Promise<Child> {
  if (intents.length === 0) return <p class="soft">None yet.</p>;
  const ids = intents.map(({ id }) => id);
  const { lines, access } = await ctx.db.read({
    lines: linesOfCheckouts(ctx, ids),
    access: accessOfCheckouts(ctx, ids),
  });
  return (
    <ul class="list">
      {intents.map((intent) => (
        <li class="card">
          <p>
            <strong>
              {lines
                .filter(({ checkoutIntentId }) => checkoutIntentId === intent.id)
                .map(({ name }) => name)
                .join(", ")}
            </strong>
            {intent.stripeMode === "sandbox" && <span class="soft"> (test purchase)</span>}
          </p>
          <p>
            {moneyText(intent.amountCents, intent.currency)}, {CHECKOUT_WORDS[intent.status]}
          </p>
          <ul>
            {access
              .filter(({ checkoutIntentId }) => checkoutIntentId === intent.id)
              .map(({ productId, status }) => (
                <li>
                  Access to <code>{productId}</code>: {ENTITLEMENT_WORDS[status]}
                </li>
              ))}
          </ul>
          <p class="soft">
            <When at={intent.createdAt} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** What a person confirmed, each with its signed receipt. */
function Receipts({ rows }: { rows: readonly OperationRow[] }) {
  if (rows.length === 0) return <p class="soft">None yet. Whatever you confirm here gets a signed receipt.</p>;
  return (
    <ul class="list">
      {rows.map(({ id, confirmationText, proof, createdAt }) => (
        <li class="card">
          <p>{confirmationText}</p>
          <p class="soft">
            <When at={createdAt} />, {PROOF_WORDS[proof]}
          </p>
          <p>
            <a href={`/account/receipts/${id}`} download aria-label={`Download the receipt: ${confirmationText}`}>
              Download the receipt
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

const PROOF_WORDS = {
  argument: "confirmed by your assistant",
  elicited: "typed in your assistant",
  approval_page: "typed by you on our page",
} as const satisfies Record<OperationRow["proof"], string>;

function When({ at }: { at: number }) {
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{`${iso.slice(0, 16).replace("T", " ")} UTC`}</time>;
}
