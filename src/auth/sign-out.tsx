import { FORM_TOKEN } from "./forms.ts";

/** Sign-out as a form: a link would let any page sign a person out, and a prefetch do it by accident. */
export function SignOutButton({ formToken, returnTo }: { formToken: string; returnTo: string }) {
  return (
    <form method="post" action="/sign-out" class="inline">
      <input type="hidden" name={FORM_TOKEN} value={formToken} />
      <input type="hidden" name="returnTo" value={returnTo} />
      <button type="submit" class="plain">
        Sign out
      </button>
    </form>
  );
}
