import { orderNumberOf } from "../base/order-number.ts";
import { isBuyerId } from "../commerce/checkout/buyer-actor.ts";
import { domainOf } from "../pages/untrusted-text.ts";
import { orderPath } from "./paths.ts";

/** A person by name and e-mail address. An actor without an account is named by its id. */
export function Who({ name, email, id }: { name: string | null; email: string | null; id?: string | null }) {
  if (email === null) return <>{id && isBuyerId(id) ? "the buyer, by a link of theirs" : "unknown"}</>;
  return (
    <>
      {name} <span class="soft">{email}</span>
    </>
  );
}

/** The buyer of an order, by the account that started it. An erased person has no name. */
export function Buyer({
  of: { personName, personEmail, personErasedAt },
}: {
  of: { personName: string | null; personEmail: string | null; personErasedAt: number | null };
}) {
  return personErasedAt === null ? <Who name={personName} email={personEmail} /> : <>erased</>;
}

/** An app by the name it was connected under, and by its domain where its client id is an address. */
export function App({ name, clientId }: { name: string | null; clientId: string | null }) {
  if (clientId === null) return <>No app: on this site</>;
  const domain = domainOf(clientId);
  return (
    <>
      {name ?? "a disconnected app"}
      {domain && <span class="soft"> of {domain}</span>}
    </>
  );
}

/** An order by its number, as a link to its page. A text of another shape, which Stripe's metadata may hold, is no order. */
export function OrderLink({ id }: { id: string | null }) {
  if (id === null) return null;
  if (!/^checkout-intent-.*[0-9a-f]{10}$/.test(id)) return <>no order of ours</>;
  return <a href={orderPath(id)}>{orderNumberOf(id)}</a>;
}

/** An id, for support and for search: it stands last on its row or page, and small. */
export const Id = ({ of }: { of: string }) => (
  <small>
    <code>{of}</code>
  </small>
);

/** The lists of one page, of which one is shown. The first has the page's own address. */
export function Lists<Name extends string>({
  path,
  lists,
  shown,
}: {
  path: string;
  lists: readonly (readonly [name: Name, label: string])[];
  shown: Name;
}) {
  return (
    <nav aria-label="Lists">
      <ul>
        {lists.map(([name, label], at) => (
          <li>
            <a href={at === 0 ? path : `${path}?list=${name}`} {...(name === shown ? { "aria-current": "page" } : {})}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The list that an address asks for; the first one for an address without a list, or with an unknown one. */
export function listIn<Name extends string>(url: URL, lists: readonly (readonly [name: Name, label: string])[]): Name {
  const asked = url.searchParams.get("list");
  const [name] = lists.find(([candidate]) => candidate === asked) ?? lists[0] ?? [];
  if (name === undefined) throw new Error("a page with lists has at least one");
  return name;
}
