import type { Child } from "hono/jsx";
import { AccountSections as OwnSections, type Protection } from "../account/account-page.tsx";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { auditOf } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { liveGrants, markRevoked } from "./grants.ts";
import { acceptedForm, businessPage, seeOther } from "./pages.tsx";
import { findPerson, type Person } from "./people.ts";
import { findSecondFactor } from "./second-factor.ts";

/** More of a person's account page, with the token that its forms carry. */
export type AccountSections = (person: Person, formToken: string) => Promise<Child[]>;

/** `GET /account`: what a person has here, and what is connected in their name. */
export async function showAccount(auth: AuthContext, request: Request, sections?: AccountSections): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return seeOther(auth.publicUrl, auth.publicUrl + signInPath("/account"));
  const clients = await listGrants(auth, person.userId);
  const { token } = auth.forms.issue(request, person);
  const more = await sections?.(person, token);
  const factor = await findSecondFactor(auth, person.userId);
  const protection = {
    emailVerified: person.emailVerified,
    mailed: auth.mail !== null,
    done: doneIn(new URL(request.url)),
    secondFactor: factor !== undefined,
  };
  return businessPage(auth, () => ({
    title: "Your account",
    // A plan is managed at the payment provider's.
    formsMayLeave: more !== undefined,
    content: (
      <OwnSections person={person} clients={clients} formToken={token} protection={protection}>
        {more}
      </OwnSections>
    ),
  }));
}

/** What a person comes back here from. Fixed words: an address that somebody else made says nothing of its own. */
function doneIn({ searchParams }: URL): Protection["done"] {
  if (searchParams.has("sent")) return "sent";
  return searchParams.has("changed") ? "changed" : undefined;
}

/** `POST /account/clients/revoke`. Somebody else's grant and none at all are answered alike. */
export async function submitRevocation(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return seeOther(auth.publicUrl, auth.publicUrl + signInPath("/account"));
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  await revokeGrant(auth, { grantId: form.get("grantId") ?? "", userId: person.userId });
  return seeOther(auth.publicUrl, `${auth.publicUrl}/account`);
}

/** The person's grants that still count, the newest first. */
export async function listGrants(auth: AuthContext, userId: string) {
  const { grants } = await auth.db.read({ grants: liveGrants(auth.db, userId) });
  return grants.map((grant) => ({
    grantId: grant.id,
    clientName: grant.clientName,
    ...(URL.canParse(grant.clientId) ? { clientDomain: new URL(grant.clientId).hostname } : {}),
    resource: grant.resource,
    scopes: grant.scopes.split(" "),
    since: grant.createdAt,
  }));
}

/** A consent to end, and who ends it: its own person, unless the owner does it for the business. */
export interface Revocation {
  readonly grantId: string;
  readonly userId: string;
  readonly by?: { readonly id: string; readonly kind: "owner_session" | "account_session" };
}

/**
 * Ends one of the person's grants, audited: its tokens are refused from the next request on. False when there is none
 * to end. The row decides; clearing the token store is tidying, which may fail and is then done by its expiry.
 */
export async function revokeGrant(auth: AuthContext, revocation: Revocation): Promise<boolean> {
  const { grantId, userId, by = { id: userId, kind: "account_session" } } = revocation;
  try {
    await auth.db.commit([
      ...markRevoked(auth, { grantId, userId, at: auth.clock.now(), by }),
      guardChanged(auth.db, "grant_ended"),
      auditOf(auth, {
        eventKind: "client_grant_revoked",
        summary: "A connected program was disconnected.",
        subjectId: grantId,
        subjectStatus: "revoked",
        by,
      }),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return false;
    throw error;
  }
  const oauth = auth.oauth.helpers();
  const subjects = auth.keys.macs("oauth-subject", userId);
  await Promise.allSettled(subjects.map((subject) => oauth.revokeGrant(grantId, subject)));
  return true;
}
