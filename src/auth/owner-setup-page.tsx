import { and, eq, ne } from "drizzle-orm";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import { seeOther } from "../pages/see-other.ts";
import { auditOf } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { type FieldErrors, fieldErrors, ownerFields } from "./credentials.ts";
import { OwnerSetupForm } from "./form-parts.tsx";
import { secondFactorPath, signInPath } from "./fresh-sign-in.ts";
import { acceptedForm, businessPage, problemPage } from "./pages.tsx";
import { dropSecondFactor } from "./second-factor.ts";
import { resetCredential } from "./set-password.ts";
import { mailConfirmation } from "./verify-email-page.tsx";

/** `GET /owner-setup/{token}`: the link that whoever operates the deployment made for the owner. */
export async function showOwnerSetup(auth: AuthContext, request: Request, token: string): Promise<Response> {
  return (await isGood(auth, token)) ? setupPage(auth, request, token) : outOfDate(auth);
}

/**
 * `POST /owner-setup/{token}`: gives the owner's account its name, address and password, once. Whoever was signed in
 * or connected as the owner before is out: the link is also the way back in for an owner who lost everything.
 */
export async function submitOwnerSetup(
  auth: AuthContext,
  request: Request,
  token: string,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  if (!(await isGood(auth, token))) return outOfDate(auth);
  const typed = Object.fromEntries(form);
  const again = (errors: FieldErrors) =>
    setupPage(auth, request, token, { name: typed.name ?? "", email: typed.email ?? "", errors });
  const fields = ownerFields.safeParse(typed);
  if (!fields.success) return again(fieldErrors(fields.error));
  const { name, email, password } = fields.data;
  const { ownerUserId, db } = auth;
  const { taken } = await db.read({
    taken: db.build
      .select({ id: user.id })
      .from(user)
      .where(and(eq(user.email, email), ne(user.id, ownerUserId))),
  });
  if (taken.length > 0) return again({ email: "Another account has this address. Use another one." });
  const now = auth.clock.now();
  try {
    await db.commit([
      auth.tokens.use("owner-setup", token),
      guardChanged(db, "link_used"),
      db.build
        .update(user)
        .set({ name, email, emailVerified: false, updatedAt: new Date(now) })
        .where(eq(user.id, ownerUserId)),
      guardChanged(db, "no_owner"),
      ...(await resetCredential(auth, ownerUserId, password)),
      ...dropSecondFactor(auth, ownerUserId),
      auditOf(auth, {
        eventKind: "owner_account_set_up",
        summary: "The owner's account was set up by a set-up link.",
        subjectId: ownerUserId,
      }),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return outOfDate(auth);
    throw error;
  }
  context.waitUntil(mailConfirmation(auth, { userId: ownerUserId, email }));
  return seeOther(auth.publicUrl, auth.publicUrl + signInPath(secondFactorPath("/owner")));
}

/** The link names the owner that it was made for: after the business went to another, it is good for nothing. */
async function isGood(auth: AuthContext, token: string): Promise<boolean> {
  return (await auth.tokens.find("owner-setup", token)) === auth.ownerUserId;
}

function setupPage(
  auth: AuthContext,
  request: Request,
  token: string,
  shown: { name?: string; email?: string; errors?: FieldErrors } = {},
): Promise<Response> {
  const form = auth.forms.issue(request);
  return businessPage(auth, (business) => ({
    title: `Become the owner of ${business}`,
    status: shown.errors ? 422 : 200,
    secretAddress: true,
    ...(form.cookie && { headers: { "Set-Cookie": form.cookie } }),
    content: <OwnerSetupForm view={{ ...shown, formToken: form.token }} action={`/owner-setup/${token}`} />,
  }));
}

function outOfDate(auth: AuthContext): Promise<Response> {
  return problemPage(
    auth,
    404,
    "This link is not good any more",
    "It was used, it ran out, or it is not complete. Whoever runs this server can make another.",
  );
}
