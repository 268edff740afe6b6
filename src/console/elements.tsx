import { isBuyerId } from "../commerce/checkout/buyer-actor.ts";
import { domainOf } from "../pages/untrusted-text.ts";

/** A person by name and e-mail address. An actor without an account is named by its id. */
export function Who({ name, email, id }: { name: string | null; email: string | null; id?: string | null }) {
  if (email === null) return <>{id && isBuyerId(id) ? "the buyer, by a link of theirs" : "unknown"}</>;
  return (
    <>
      {name} <span class="soft">{email}</span>
    </>
  );
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
