import type { PropsWithChildren } from "hono/jsx";
import type { ConnectedClient } from "../auth/connected-clients.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage } from "../auth/pages.tsx";
import { knownScopes, scopeWords } from "../auth/scopes.ts";
import { SignOutButton } from "../auth/sign-out.tsx";
import { Notice } from "../pages/layout.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { newestOfLists } from "./lists.tsx";

/** `GET /account`: what a person has here, and what is connected in their name. */
export async function showAccount(request: Request, { auth, ctx }: Site): Promise<Response> {
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath("/account"));
  const clients = await auth.listGrants(person.userId);
  const { token } = auth.forms.issue(request, person);
  const protection = {
    emailVerified: person.emailVerified,
    mailed: auth.signUps.mailed,
    done: doneIn(new URL(request.url)),
    secondFactor: await auth.hasSecondFactor(person.userId),
  };
  const lists = await newestOfLists(person, token, ctx);
  return businessPage(ctx, () => ({
    title: "Your account",
    // A plan is managed at the payment provider's.
    formsMayLeave: true,
    content: (
      <AccountSections person={person} clients={clients} formToken={token} protection={protection}>
        {lists}
      </AccountSections>
    ),
  }));
}

/** `POST /account/clients/revoke`. Somebody else's grant and none at all are answered alike. */
export async function submitRevocation(request: Request, { auth, ctx }: Site): Promise<Response> {
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath("/account"));
  const form = await auth.acceptedForm(request, person);
  if (form instanceof Response) return form;
  await auth.revokeGrant({ grantId: form.get("grantId") ?? "", userId: person.userId });
  return seeOther(ctx.publicUrl, `${ctx.publicUrl}/account`);
}

/** What a person comes back here from. Fixed words: an address that somebody else made says nothing of its own. */
function doneIn({ searchParams }: URL): Protection["done"] {
  if (searchParams.has("sent")) return "sent";
  return searchParams.has("changed") ? "changed" : undefined;
}

/** A person's own page: what is connected in their name, each with a button that ends it, and sign-out. */
function AccountSections(
  view: PropsWithChildren<{
    person: { readonly name: string; readonly email: string; readonly isOwner: boolean; readonly lacksFactor: boolean };
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
      {(view.person.isOwner || view.person.lacksFactor) && (
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
        isOwner={view.person.isOwner || view.person.lacksFactor}
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

function isoMinute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
