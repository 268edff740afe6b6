import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { changeFields } from "./credentials.ts";
import { type Faults, faultsOf, readFields } from "./faults.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { beginGuess } from "./guesses.ts";
import { mailChangeNotice } from "./mails.ts";
import { acceptedForm, formPage } from "./pages.tsx";
import { verifyPassword } from "./password.ts";
import { findPerson, type Person } from "./people.ts";
import { PasswordField, PlainForm } from "./plain-form.tsx";
import { toPath } from "./return-to.ts";
import { cookiesIn, endingOtherSessions, openedAnswer } from "./sessions.ts";
import { passwordHashOf, settingPassword } from "./set-password.ts";

const PATH = "/account/password";

/** `GET /account/password`. */
export async function showPasswordChange(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  return person ? changePage(auth, request, person) : toPath(auth, signInPath(PATH));
}

/** `POST /account/password`: takes the present password, ends the person's other sessions, and tells them by mail. */
export async function submitPasswordChange(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return toPath(auth, signInPath(PATH));
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const typed = readFields(changeFields, Object.fromEntries(form));
  if (typed.kind === "invalid_fields") return changePage(auth, request, person, faultsOf(typed));
  const guess = await beginGuess(auth, request, person.email);
  if (guess.kind !== "counted") {
    return changePage(auth, request, person, faultsOf({ ...guess, kind: "too_many_attempts" }));
  }
  const hash = (await passwordHashOf(auth, person.userId)) ?? "";
  if (!(await verifyPassword({ hash, password: typed.fields.present }))) {
    const errors = { present: "That is not your password." };
    return changePage(auth, request, person, { status: 422, errors });
  }
  await guess.forgive();
  const { token, statements } = endingOtherSessions(auth, person, person.secondFactor);
  const refused = await auth.db.tryCommit([
    ...statements,
    ...(await settingPassword(auth, person.userId, typed.fields.password)),
    ...auditOfOwner(auth, person.userId, {
      eventKind: "password_changed",
      summary: "The owner changed their password.",
    }),
  ]);
  // The session ended a moment ago: by sign-out, or by a mailed link that set a new password.
  if (refused) return toPath(auth, signInPath(PATH));
  context.waitUntil(mailChangeNotice(auth, person, "Your password was changed"));
  return toPath(auth, "/account?changed=1", cookiesIn(await openedAnswer(auth, token)));
}

function changePage(auth: AuthContext, request: Request, person: Person, faults?: Faults): Promise<Response> {
  return formPage(auth, request, { person, faults }, (view) => ({
    title: "Change your password",
    content: (
      <>
        <PlainForm view={view} action={PATH} button="Change the password">
          <p>
            This signs out your other browsers and devices. Connected apps stay connected. You can disconnect them on{" "}
            <a href="/account">your account page</a>.
          </p>
          <PasswordField view={view} name="present" label="Your password now" />
          <PasswordField view={view} label="New password" chosen />
        </PlainForm>
        <p>
          <a href="/forgot-password?returnTo=%2Faccount">Forgot your password?</a>
        </p>
      </>
    ),
  }));
}
