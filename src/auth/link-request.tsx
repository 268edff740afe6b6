import { countMailRequest, LAST_LINK, type Mailbox, readMailbox } from "./asked-mails.ts";
import type { AuthContext } from "./context.ts";
import { addressFields } from "./credentials.ts";
import { faultsOf, readFields } from "./faults.ts";
import { keepPath } from "./kept-path.ts";
import { knownBrowser } from "./known-browser.ts";
import { acceptedForm, businessPage, tooManyPage } from "./pages.tsx";
import type { FormContent } from "./plain-form.tsx";

/** A form that asks for the address that a link is mailed to. */
interface LinkRequest {
  /** The link and how long it works, as words after "we have sent it". */
  readonly link: string;
  /** Shows the form again, with what was typed. */
  show(shown: FormContent): Promise<Response>;
  /** Mails the link where the mailbox has an account. */
  mail(mailbox: Mailbox): Promise<void>;
}

/** Takes a posted `LinkRequest`. It answers the same, as quickly, whether there is such an account or not. */
export async function submitLinkRequestOf(
  { link, show, mail }: LinkRequest,
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request);
  if (form instanceof Response) return form;
  const sent = form.get("email") ?? "";
  const returnTo = form.get("returnTo") ?? "";
  const typed = readFields(addressFields, { email: sent });
  if (typed.kind === "invalid_fields") return show({ returnTo, email: sent, faults: faultsOf(typed) });
  const { email } = typed.fields;
  const tooMany = await countMailRequest(auth, request);
  if (tooMany) return tooManyPage(auth, tooMany);
  context.waitUntil(readMailbox(auth, email, knownBrowser(auth, request, email)).then(mail));
  return businessPage(auth, () => ({
    title: "Check your e-mail",
    headers: { "Set-Cookie": keepPath(auth, returnTo) },
    content: (
      <>
        <p>{`If ${email} has an account here, we have sent it ${link}`}</p>
        <p>{LAST_LINK}</p>
      </>
    ),
  }));
}
