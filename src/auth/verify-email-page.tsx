import { and, eq } from "drizzle-orm";
import { guardChanged } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { prepareConfirmation } from "./mails.ts";
import { readAddressSubject } from "./one-time-tokens.ts";
import { acceptedForm, businessPage, deadLinkPage, formPage, tooManyPage } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { PlainForm } from "./plain-form.tsx";
import { toPath } from "./return-to.ts";

/** `POST /account/verify-email`: mails the link again to a person who asks. */
export async function resendConfirmation(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return toPath(auth, signInPath("/account"));
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const mail = await prepareConfirmation(auth, person);
  if (mail.kind === "too_many_attempts") return tooManyPage(auth, mail);
  context.waitUntil(mail.send());
  return toPath(auth, "/account?sent=1");
}

/** `GET /verify-email/{token}`: a button, since mail scanners open links too. */
export async function showConfirmation(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const subject = await auth.tokens.find("verify-email", token);
  if (subject === undefined) return deadLinkPage(auth);
  return formPage(auth, request, {}, (view) => ({
    title: "Confirm your e-mail address",
    secretAddress: true,
    content: (
      <PlainForm view={view} action={`/verify-email/${token}`} button="Confirm">
        <p>{readAddressSubject(subject).email}</p>
      </PlainForm>
    ),
  }));
}

/** `POST /verify-email/{token}`: confirms the address that the link names, unless the account has another address now. */
export async function submitConfirmation(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  const { userId, email } = readAddressSubject(await auth.tokens.find("verify-email", token));
  const refused = await auth.db.tryCommit([
    auth.tokens.use("verify-email", token),
    guardChanged(auth.db, "link_used"),
    auth.db.build
      .update(user)
      .set({ emailVerified: true })
      .where(and(eq(user.id, userId), eq(user.email, email))),
    guardChanged(auth.db, "address_changed"),
  ]);
  if (refused) return deadLinkPage(auth);
  return businessPage(auth, () => ({
    title: "Your e-mail address is confirmed",
    content: (
      <p>
        <a href="/account">Go to your account</a>
      </p>
    ),
  }));
}
