import type { PropsWithChildren } from "hono/jsx";
import type { ConnectedClient } from "../auth/connected-clients.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { PASSKEYS_PATH, signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage } from "../auth/pages.tsx";
import { scopeWords } from "../auth/scopes.ts";
import { SignOutButton } from "../auth/sign-out.tsx";
import { minuteText } from "../base/time.ts";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { approvalSections } from "./approvals.tsx";
import { whatIsYours } from "./files.tsx";
import { AppLimits } from "./limits-page.tsx";
import { newestOfLists } from "./lists.tsx";

/** `GET /account`: a person's orders, plans, signed confirmations, connected apps and sign-in. */
export async function showAccount(request: Request, site: Site): Promise<Response> {
  const { auth, ctx } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath("/account"));
  const clients = await auth.listGrants(person.userId);
  const { token } = auth.forms.issue(request, person);
  const protection = {
    emailVerified: person.emailVerified,
    mailed: auth.signUps.mailed,
    done: doneIn(new URL(request.url)),
    secondFactor: await auth.hasSecondFactor(person.userId),
    passkeys: (await auth.passkeys(person.userId)).length,
  };
  const approvals = await approvalSections(person, token, site);
  const yours = await whatIsYours(person.userId, ctx);
  const lists = await newestOfLists(person, token, ctx);
  return businessPage(ctx, () => ({
    title: "Your account",
    // "Manage billing" redirects to the payment provider.
    formsMayLeave: true,
    content: (
      <AccountSections
        person={person}
        clients={clients}
        now={ctx.clock.now()}
        formToken={token}
        protection={protection}
      >
        {approvals}
        {yours}
        {lists}
      </AccountSections>
    ),
  }));
}

/** `POST /account/clients/revoke`. Another person's grant and an unknown one are answered alike. */
export async function submitRevocation(request: Request, { auth, ctx }: Site): Promise<Response> {
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath("/account"));
  const form = await auth.acceptedForm(request, person);
  if (form instanceof Response) return form;
  await auth.revokeGrant({ grantId: form.get("grantId") ?? "", userId: person.userId });
  return seeOther(ctx.publicUrl, `${ctx.publicUrl}/account`);
}

/** The action that led to this page. Only known words count, since an attacker can choose the address. */
function doneIn({ searchParams }: URL): Protection["done"] {
  if (searchParams.has("sent")) return "sent";
  return searchParams.has("changed") ? "changed" : undefined;
}

function AccountSections(
  view: PropsWithChildren<{
    person: { readonly name: string; readonly email: string; readonly isOwner: boolean; readonly lacksFactor: boolean };
    clients: readonly ConnectedClient[];
    /** Epoch milliseconds. */
    now: number;
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
          <a href="/owner">Owner's console</a>
        </p>
      )}
      {view.children}
      <h2 id="apps">Connected apps</h2>
      {view.clients.length === 0 ? (
        <p class="soft">No app is connected. An app that wants to act for you asks you on this site.</p>
      ) : (
        <ul class="list">
          {view.clients.map((client) => (
            <li class="card">
              <ClientFacts client={client} />
              <AppLimits client={client} now={view.now} />
              <form method="post" action="/account/clients/revoke">
                <HiddenFields fields={{ [FORM_TOKEN]: view.formToken, grantId: client.grantId }} />
                <button type="submit" aria-label={`Disconnect ${client.clientName}, since ${minuteText(client.since)}`}>
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
      <h2>Your data</h2>
      <p>
        <a href="/account/data" download>
          Download your data
        </a>
      </p>
      <p>
        <a href="/account/delete">Delete your account</a>
      </p>
    </>
  );
}

/** How a person's sign-in is protected. */
interface Protection {
  readonly emailVerified: boolean;
  /** True when this deployment sends mail. */
  readonly mailed: boolean;
  /** The action that led to this page: a message was asked for, or the password was changed. */
  readonly done: "sent" | "changed" | undefined;
  readonly secondFactor: boolean;
  readonly passkeys: number;
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
        {view.isOwner && !view.secondFactor && ": the owner's password alone decides for the business."}
      </p>
      <p>
        <a href={PASSKEYS_PATH}>Passkeys</a>
        {view.passkeys > 0 ? `: ${view.passkeys}` : ": sign in with your fingerprint, face or PIN."}
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
        Since <When at={client.since} />, for <code>{client.resource}</code>
      </p>
      <ul>
        {client.scopes.map((scope) => (
          <li>{scopeWords[scope].title}</li>
        ))}
      </ul>
    </>
  );
}
