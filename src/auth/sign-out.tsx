import { readForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import type { AuthContext } from "./context.ts";
import { FORM_TOKEN } from "./forms.ts";
import { acceptedForm } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { HiddenFields } from "./plain-form.tsx";
import { safeReturn } from "./return-to.ts";
import { cookiesIn } from "./sessions.ts";

/** Sign-out as a form: with a link any page, or a prefetch, could sign a person out. */
export function SignOutButton({ formToken, returnTo }: { formToken: string; returnTo: string }) {
  return (
    <form method="post" action="/sign-out" class="inline">
      <HiddenFields fields={{ [FORM_TOKEN]: formToken, returnTo }} />
      <button type="submit" class="plain">
        Sign out
      </button>
    </form>
  );
}

/** `POST /sign-out`. A browser whose session has ended is only redirected. */
export async function submitSignOut(auth: AuthContext, request: Request): Promise<Response> {
  const target = (form: URLSearchParams | undefined) => safeReturn(form?.get("returnTo"), auth.publicUrl, "/sign-in");
  const person = await findPerson(auth, request);
  if (!person) {
    const form = await readForm(request);
    return seeOther(auth.publicUrl, target(form === "too long" ? undefined : form?.fields));
  }
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const answer = await auth.people.api.signOut({ headers: request.headers, asResponse: true });
  return seeOther(auth.publicUrl, target(form), cookiesIn(answer));
}
