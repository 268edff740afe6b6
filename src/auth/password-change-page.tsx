import { GuardFailed } from "../db/database.ts";
import { seeOther } from "../pages/see-other.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { changeFields, fieldErrors } from "./credentials.ts";
import { ChangePasswordForm, type FormView } from "./form-parts.tsx";
import { signInPath } from "./fresh-sign-in.ts";
import { mailNote } from "./mails.ts";
import { acceptedForm, businessPage } from "./pages.tsx";
import { verifyPassword } from "./password.ts";
import { findPerson, type Person } from "./people.ts";
import { cookiesIn, keepingOnly, openedAnswer } from "./sessions.ts";
import { credentialOf, passwordHashOf } from "./set-password.ts";
import { guessLimits } from "./sign-in-page.tsx";

const PATH = "/account/password";

/** `GET /account/password`. */
export async function showPasswordChange(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  return person ? changePage(auth, request, person) : seeOther(auth.publicUrl, auth.publicUrl + signInPath(PATH));
}

/** `POST /account/password`: with the present password. Ends every other session of the person's, and tells them by mail. */
export async function submitPasswordChange(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return seeOther(auth.publicUrl, auth.publicUrl + signInPath(PATH));
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const fields = changeFields.safeParse(Object.fromEntries(form));
  if (!fields.success) return changePage(auth, request, person, { errors: fieldErrors(fields.error) }, 422);
  const limits = guessLimits(auth, request, person.email);
  const refused = await auth.attempts.begin(limits);
  if (refused) {
    const fault = `Too many attempts. Try again in ${refused.retryAfterSeconds} seconds.`;
    return changePage(auth, request, person, { fault }, 429);
  }
  const hash = (await passwordHashOf(auth, person.userId)) ?? "";
  if (!(await verifyPassword({ hash, password: fields.data.present }))) {
    return changePage(auth, request, person, { errors: { present: "That is not your password." } }, 422);
  }
  await auth.attempts.forgive(limits);
  const { token, statements } = keepingOnly(auth, person, person.secondFactor);
  try {
    await auth.db.commit([
      ...statements,
      ...(await credentialOf(auth, person.userId, fields.data.password)),
      ...auditOfOwner(auth, person.userId, {
        eventKind: "password_changed",
        summary: "The owner changed their password.",
      }),
    ]);
  } catch (error) {
    // Signed out, or reset by a mailed link, a moment ago.
    if (error instanceof GuardFailed) return seeOther(auth.publicUrl, auth.publicUrl + signInPath(PATH));
    throw error;
  }
  context.waitUntil(mailNote(auth, person.email, "Your password was changed"));
  const headers = cookiesIn(await openedAnswer(auth, token));
  return seeOther(auth.publicUrl, `${auth.publicUrl}/account?changed=1`, headers);
}

function changePage(
  auth: AuthContext,
  request: Request,
  person: Person,
  faults: Pick<FormView, "errors" | "fault"> = {},
  status = 200,
): Promise<Response> {
  const { token } = auth.forms.issue(request, person);
  return businessPage(auth, () => ({
    title: "Change your password",
    status,
    content: <ChangePasswordForm view={{ ...faults, formToken: token }} />,
  }));
}
