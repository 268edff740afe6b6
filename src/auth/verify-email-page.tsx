import { and, eq } from "drizzle-orm";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import { seeOther } from "../pages/see-other.ts";
import { callerNetwork } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { FORM_TOKEN } from "./forms.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { sendOrLog } from "./mails.ts";
import { acceptedForm, businessPage, problemPage } from "./pages.tsx";
import { findPerson } from "./people.ts";

const MAILS_PER_MINUTE = 3;

/** Mails a person the link that shows that an address is theirs. It names the address: one that was changed since is not confirmed. */
export async function mailConfirmation(auth: AuthContext, person: { userId: string; email: string }): Promise<void> {
  if (!auth.mail) return;
  const token = await auth.tokens.issue("verify-email", `${person.userId} ${person.email}`);
  await sendOrLog(auth, {
    to: person.email,
    subject: "Confirm your e-mail address",
    text: `Somebody made an account with this address. If it was you, confirm it here within a day:\n\n${auth.publicUrl}/verify-email/${token}\n\nIf it was not, do nothing.\n`,
  });
}

/** `POST /account/verify-email`: the same again, for a person who asks. */
export async function resendConfirmation(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) return seeOther(auth.publicUrl, auth.publicUrl + signInPath("/account"));
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const key = `mail:${auth.keys.mac("rate-limit", `${person.userId} ${callerNetwork(request)}`)}`;
  const refused = await auth.attempts.begin([{ key, perMinute: MAILS_PER_MINUTE }]);
  if (refused) return problemPage(auth, 429, "Too many messages", "Wait a minute, then try again.");
  context.waitUntil(mailConfirmation(auth, person));
  return seeOther(auth.publicUrl, `${auth.publicUrl}/account?sent=1`);
}

/** `GET /verify-email/{token}`: a button, since programs that look through mail open links too. */
export async function showConfirmation(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const found = await auth.tokens.find("verify-email", token);
  if (found === undefined) return outOfDate(auth);
  const form = auth.forms.issue(request);
  return businessPage(auth, () => ({
    title: "Confirm your e-mail address",
    secretAddress: true,
    ...(form.cookie && { headers: { "Set-Cookie": form.cookie } }),
    content: (
      <form method="post" action={`/verify-email/${token}`}>
        <p>{found.split(" ")[1]}</p>
        <input type="hidden" name={FORM_TOKEN} value={form.token} />
        <div class="actions">
          <button type="submit" class="primary">
            Confirm
          </button>
        </div>
      </form>
    ),
  }));
}

/** `POST /verify-email/{token}`. */
export async function submitConfirmation(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  const [userId = "", email = ""] = (await auth.tokens.find("verify-email", token))?.split(" ") ?? [];
  try {
    await auth.db.commit([
      auth.tokens.use("verify-email", token),
      guardChanged(auth.db, "link_used"),
      auth.db.build
        .update(user)
        .set({ emailVerified: true })
        .where(and(eq(user.id, userId), eq(user.email, email))),
      guardChanged(auth.db, "address_changed"),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return outOfDate(auth);
    throw error;
  }
  return businessPage(auth, () => ({
    title: "Your e-mail address is confirmed",
    content: (
      <p>
        <a href="/account">To your account</a>
      </p>
    ),
  }));
}

function outOfDate(auth: AuthContext): Promise<Response> {
  return problemPage(auth, 404, "This link is not good any more", "It was used, it ran out, or it is not complete.");
}
