import type { PropsWithChildren } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { knownScopes, scopeWords } from "../auth/scopes.ts";
import { Notice } from "../pages/layout.tsx";

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
    person: { readonly name: string; readonly email: string; readonly isOwner: boolean; readonly owesFactor: boolean };
    clients: readonly ConnectedClient[];
    protection: Protection;
    formToken: string;
  }>,
) {
  return (
    <>
      <div>
        Signed in as {view.person.name} ({view.person.email}).{" "}
        <SignOutButton formToken={view.formToken} returnTo="/sign-in" />
      </div>
      {(view.person.isOwner || view.person.owesFactor) && (
        <p>
          <a href="/owner">To the owner's console</a>
        </p>
      )}
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
      <SignInProtection
        {...view.protection}
        formToken={view.formToken}
        isOwner={view.person.isOwner || view.person.owesFactor}
      />
    </>
  );
}

/** How a person's way in is guarded. */
export interface Protection {
  readonly emailVerified: boolean;
  /** Whether this deployment sends mail. */
  readonly mailed: boolean;
  /** What was done just now: a message was asked for, or the password was changed. */
  readonly done: "sent" | "changed" | undefined;
  readonly secondFactor: boolean;
}

function SignInProtection(view: Protection & { formToken: string; isOwner: boolean }) {
  return (
    <>
      <h2>Signing in</h2>
      {view.done === "sent" && <Notice kind="good">A message with a link is on its way.</Notice>}
      {view.done === "changed" && (
        <Notice kind="good">Your password is changed. You were signed out everywhere else.</Notice>
      )}
      <p>
        {view.secondFactor ? "Your account asks for a second factor. " : "Your account asks for a password alone. "}
        <a href="/account/second-factor">{view.secondFactor ? "Change it" : "Set up a second factor"}</a>
        {view.isOwner && !view.secondFactor && ": whoever has the owner's password decides for the business."}
      </p>
      <p>
        <a href="/account/password">Change your password</a>
      </p>
      {view.emailVerified && <p>Your e-mail address is confirmed.</p>}
      {!view.emailVerified && !view.mailed && <p class="soft">Your e-mail address is not confirmed.</p>}
      {!view.emailVerified && view.mailed && (
        <form method="post" action="/account/verify-email">
          <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
          <p>Your e-mail address is not confirmed yet.</p>
          <button type="submit">Send the link again</button>
        </form>
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
