import { RecoveryCodes, SecondFactorForms } from "../http/second-factor-page.tsx";
import type { AuthContext } from "./context.ts";
import { isFresh, signInPath } from "./fresh-sign-in.ts";
import { businessPage, problemPage, seeOther } from "./pages.tsx";
import { findPerson, type Person } from "./people.ts";
import { readForm } from "./read-body.ts";
import {
  beginSecondFactor,
  confirmSecondFactor,
  dropSecondFactor,
  findSecondFactor,
  secretOf,
  tryCode,
} from "./second-factor.ts";
import { CODE_WORDS } from "./sign-in.tsx";
import { base32, otpauthUrl } from "./totp.ts";

const PATH = "/account/second-factor";

/** `GET /account/second-factor`: how it stands. Asks for a fresh sign-in, since it changes how the person signs in. */
export async function showSecondFactor(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth.people, request, auth.ownerUserId);
  if (!person || !isFresh(person, auth.clock.now())) return toSignIn(auth, person);
  return factorPage(auth, request, person);
}

/** `POST /account/second-factor`: begins one, confirms it with a code, or takes it away with a code. */
export async function submitSecondFactor(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth.people, request, auth.ownerUserId);
  if (!person || !isFresh(person, auth.clock.now())) return toSignIn(auth, person);
  const form = await readForm(request);
  if (!form || !auth.forms.accepts(request, form, person)) {
    return problemPage(auth, 403, "That form is out of date", "Go back, reload the page and try again.");
  }
  const { userId } = person;
  const factor = await findSecondFactor(auth, userId);
  const action = form.get("action");
  if (action === "begin" && !factor?.confirmedAt) {
    await beginSecondFactor(auth, userId);
    return seeOther(auth.publicUrl, auth.publicUrl + PATH);
  }
  if (!factor || (action !== "confirm" && action !== "stop")) return seeOther(auth.publicUrl, auth.publicUrl + PATH);
  const outcome = await tryCode(auth, factor, form.get("code") ?? "");
  if (outcome !== "right") {
    return factorPage(auth, request, person, { error: CODE_WORDS[outcome], status: outcome === "locked" ? 429 : 422 });
  }
  if (action === "stop") {
    await auth.db.commit(dropSecondFactor(auth, userId));
    return seeOther(auth.publicUrl, auth.publicUrl + PATH);
  }
  const codes = await confirmSecondFactor(auth, userId);
  return businessPage(auth, () => ({ title: "Keep these recovery codes", content: <RecoveryCodes codes={codes} /> }));
}

async function factorPage(
  auth: AuthContext,
  request: Request,
  person: Person,
  { error, status = 200 }: { error?: string; status?: number } = {},
): Promise<Response> {
  const factor = await findSecondFactor(auth, person.userId);
  const secret = factor && factor.confirmedAt === null ? await secretOf(auth, factor) : undefined;
  const { token } = auth.forms.issue(request, person);
  return businessPage(auth, (business) => ({
    title: "Second factor",
    status,
    content: (
      <SecondFactorForms
        inForce={factor?.confirmedAt != null}
        {...(secret && { secret: { typed: base32(secret), url: otpauthUrl(secret, business, person.email) } })}
        formToken={token}
        error={error}
      />
    ),
  }));
}

function toSignIn(auth: AuthContext, person: Person | undefined): Response {
  return seeOther(auth.publicUrl, auth.publicUrl + signInPath(PATH, { again: person !== undefined }));
}
