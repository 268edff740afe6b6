import type { PropsWithChildren } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { knownScopes, scopeWords } from "../auth/scopes.ts";

/** A connected client as its person sees it. */
export interface ConnectedClient {
  readonly grantId: string;
  readonly clientName: string;
  /** The client's domain, where it is known by one. */
  readonly clientDomain?: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  readonly since: number;
}

/** A person's own page: what is connected in their name, each with a button that ends it, and sign-out. */
export function AccountSections(
  view: PropsWithChildren<{
    person: { readonly name: string; readonly email: string };
    clients: readonly ConnectedClient[];
    formToken: string;
  }>,
) {
  return (
    <>
      <div>
        Signed in as {view.person.name} ({view.person.email}).{" "}
        <SignOutButton formToken={view.formToken} returnTo="/sign-in" />
      </div>
      {view.children}
      <h2>Connected programs</h2>
      {view.clients.length === 0 ? (
        <p class="soft">None. A program that wants to act for you sends you here to ask.</p>
      ) : (
        <ul class="list">
          {view.clients.map((client) => (
            <li class="card">
              <ClientFacts client={client} />
              <form method="post" action="/account/clients/revoke">
                <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
                <input type="hidden" name="grantId" value={client.grantId} />
                <button type="submit" aria-label={`Disconnect ${client.clientName}, since ${isoMinute(client.since)}`}>
                  Disconnect
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function ClientFacts({ client }: { client: ConnectedClient }) {
  return (
    <>
      <p>
        <strong>{client.clientName}</strong>
        {client.clientDomain && <span class="soft"> of {client.clientDomain}</span>}
      </p>
      <p class="soft">
        Since <time datetime={new Date(client.since).toISOString()}>{isoMinute(client.since)}</time>, for{" "}
        <code>{client.resource}</code>
      </p>
      <ul>
        {knownScopes(client.scopes).map((scope) => (
          <li>{scopeWords[scope].title}</li>
        ))}
      </ul>
    </>
  );
}

/** Sign-out as a form: a link would let any page sign a person out, and a prefetch do it by accident. */
export function SignOutButton({ formToken, returnTo }: { formToken: string; returnTo: string }) {
  return (
    <form method="post" action="/sign-out" class="inline">
      <input type="hidden" name={FORM_TOKEN} value={formToken} />
      <input type="hidden" name="returnTo" value={returnTo} />
      <button type="submit" class="plain">
        Sign out
      </button>
    </form>
  );
}

function isoMinute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
