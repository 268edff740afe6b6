import { and, eq, ne } from "drizzle-orm";
import { guardChanged } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import { auditOf } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { ownerFields } from "./credentials.ts";
import { dropFactors } from "./factors.ts";
import { faultsOf, readFields } from "./faults.ts";
import { secondFactorPath } from "./fresh-sign-in.ts";
import { mailConfirmation } from "./mails.ts";
import { acceptedForm, deadLinkPage, formPage } from "./pages.tsx";
import { EmailField, type FormContent, NameField, PasswordField, PlainForm } from "./plain-form.tsx";
import { toPath } from "./return-to.ts";
import { cookiesIn, openingSession, signedInAnswer } from "./sessions.ts";
import { resettingPassword } from "./set-password.ts";

/** `GET /owner-setup/{token}`: the link that the operator of the deployment made for the owner (`npm run owner:invite`). */
export async function showOwnerSetup(auth: AuthContext, request: Request, token: string): Promise<Response> {
  return (await isUsable(auth, token)) ? setupPage(auth, request, token) : deadSetupLink(auth);
}

/**
 * `POST /owner-setup/{token}`: gives the owner's account its name, address and password, once. It ends each session,
 * connection and second factor of the owner's, since an owner who lost them comes back this way. This browser is signed in,
 * and led to setting up a second factor.
 */
export async function submitOwnerSetup(
  auth: AuthContext,
  request: Request,
  token: string,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  if (!(await isUsable(auth, token))) return deadSetupLink(auth);
  const sent = Object.fromEntries(form);
  const shown = { name: sent.name ?? "", email: sent.email ?? "" };
  const typed = readFields(ownerFields, sent);
  if (typed.kind === "invalid_fields") return setupPage(auth, request, token, { ...shown, faults: faultsOf(typed) });
  const { name, email, password } = typed.fields;
  const { ownerUserId, db } = auth;
  const { taken } = await db.read({
    taken: db.build
      .select({ id: user.id })
      .from(user)
      .where(and(eq(user.email, email), ne(user.id, ownerUserId))),
  });
  if (taken.length > 0) {
    const errors = { email: "Another account has this address. Use another one." };
    return setupPage(auth, request, token, { ...shown, faults: { status: 422, errors } });
  }
  const opening = openingSession(auth, ownerUserId, false);
  const refused = await db.tryCommit([
    auth.tokens.use("owner-setup", token),
    guardChanged(db, "link_used"),
    db.build
      .update(user)
      .set({ name, email, emailVerified: false, updatedAt: new Date(auth.clock.now()) })
      .where(eq(user.id, ownerUserId)),
    guardChanged(db, "no_owner"),
    ...(await resettingPassword(auth, ownerUserId, password)),
    ...dropFactors(auth, ownerUserId),
    // After the statements that end every older session.
    ...opening.statements,
    auditOf(auth, {
      eventKind: "owner_account_set_up",
      summary: "The owner's account was set up by a set-up link.",
      subjectId: ownerUserId,
    }),
  ]);
  if (refused) return deadSetupLink(auth);
  context.waitUntil(mailConfirmation(auth, { userId: ownerUserId, email }));
  const opened = await signedInAnswer(auth, request, { token: opening.token, email });
  return toPath(auth, secondFactorPath("/owner"), cookiesIn(opened));
}

/** Whether the link is unused and names the present owner: a link for an earlier owner is refused. */
async function isUsable(auth: AuthContext, token: string): Promise<boolean> {
  return (await auth.tokens.find("owner-setup", token)) === auth.ownerUserId;
}

function deadSetupLink(auth: AuthContext): Promise<Response> {
  return deadLinkPage(auth, "The operator of this server can make a new one.");
}

function setupPage(auth: AuthContext, request: Request, token: string, shown: FormContent = {}): Promise<Response> {
  return formPage(auth, request, shown, (view, business) => ({
    title: `Become the owner of ${business}`,
    secretAddress: true,
    content: (
      <PlainForm view={view} action={`/owner-setup/${token}`} button="Become the owner">
        <p>This makes you the owner: you decide what assistants may do here. The link works once.</p>
        <NameField view={view} />
        <EmailField view={view} />
        <PasswordField view={view} chosen />
      </PlainForm>
    ),
  }));
}
