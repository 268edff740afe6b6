import { CREDENTIAL } from "../pages/passkey-form.tsx";
import type { AuthContext } from "./context.ts";
import { passkeyNameFields } from "./credentials.ts";
import { findFactors, hasFactor } from "./factors.ts";
import { type Faults, faultsOf, readFields } from "./faults.ts";
import { PASSKEYS_PATH } from "./fresh-sign-in.ts";
import { mailPasskeyNotice } from "./mails.ts";
import { acceptedForm, businessPage, formPage } from "./pages.tsx";
import { PasskeyList } from "./passkey-list.tsx";
import { defaultName } from "./passkey-name.ts";
import { registrationQuestion } from "./passkey-registration.ts";
import { type AddRefusal, addPasskey, removePasskey, renamePasskey, renewRecoveryCodes } from "./passkeys.ts";
import { findPerson, type Person } from "./people.ts";
import { pathOf, returnQuery, returnToIn, toPath, toWantedPage, wantedPage } from "./return-to.ts";
import { RecoveryCodes } from "./second-factor-forms.tsx";
import { stepBeforeFactorChange } from "./second-factor-page.tsx";
import { cookiesIn, openedAnswer } from "./sessions.ts";

/** `GET /account/passkeys`: a person's passkeys. It takes a fresh sign-in, as each page that changes how they sign in. */
export async function showPasskeys(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  const returnTo = returnToIn(request);
  const step = await stepBeforeFactorChange(auth, person, PASSKEYS_PATH + returnQuery(returnTo));
  if (step || !person) return toPath(auth, step ?? "/sign-in");
  return listPage(auth, request, person, returnTo);
}

/** `POST /account/passkeys`: adds, renames or removes a passkey, or makes new recovery codes. */
export async function submitPasskeys(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  const step = await stepBeforeFactorChange(auth, person, PASSKEYS_PATH);
  if (step || !person) return toPath(auth, step ?? "/sign-in");
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const again = (faults: Faults) => listPage(auth, request, person, returnTo, faults);
  const done = (what: string, headers?: HeadersInit) => toPath(auth, `${PASSKEYS_PATH}?done=${what}`, headers);
  const id = form.get("credentialId") ?? "";
  const action = form.get("action");
  const typed = readFields(passkeyNameFields, { name: form.get("name") ?? "" });
  if (typed.kind === "invalid_fields") {
    return again(action === "add" ? faultsOf(typed) : { status: 422, fault: typed.errors.name ?? "" });
  }
  const name = typed.fields.name || defaultName(request);
  switch (action) {
    case "add": {
      const factors = await findFactors(auth, person.userId);
      const added = await addPasskey(auth, person, factors, { credential: form.get(CREDENTIAL), name });
      if (added.kind !== "added") return again({ status: 422, fault: NOT_ADDED[added.kind] });
      context.waitUntil(mailPasskeyNotice(auth, person, "A passkey was added"));
      if (!added.first) return returnTo ? toWantedPage(auth, returnTo) : done("added");
      const { codes, sessionToken } = added.first;
      const next = returnTo ? pathOf(wantedPage(auth, returnTo)) : PASSKEYS_PATH;
      const words = "Your passkey is added, and your second factor is on. You were signed out everywhere else.";
      return codesPage(auth, codes, words, next, cookiesIn(await openedAnswer(auth, sessionToken)));
    }
    case "rename":
      return (await renamePasskey(auth, person, id, name)) ? done("renamed") : again(GONE);
    case "remove": {
      const sessionToken = await removePasskey(auth, person, await findFactors(auth, person.userId), id);
      if (sessionToken === undefined) return again(GONE);
      context.waitUntil(mailPasskeyNotice(auth, person, "A passkey was removed"));
      return done("removed", cookiesIn(await openedAnswer(auth, sessionToken)));
    }
    case "codes": {
      const codes = await renewRecoveryCodes(auth, person);
      return codes
        ? codesPage(auth, codes, "Your old recovery codes no longer work.", PASSKEYS_PATH)
        : again({ status: 409, fault: "You have no second factor now, so no recovery codes were made." });
    }
    default:
      return toPath(auth, PASSKEYS_PATH);
  }
}

const NOT_ADDED: Readonly<Record<AddRefusal, string>> = {
  late: "That took too long, or the page was used before. Nothing was added. Try again.",
  unusable: "That passkey can't be used here. Nothing was added. Try again, or use another device.",
  yours: "You have that passkey already.",
  taken: "That passkey is registered for another account here. Nothing was added. Use another device.",
  full: "You have as many passkeys as an account can have. Remove one first.",
  changed: "Your second factors were changed elsewhere a moment ago. Nothing was added. This page shows them now.",
};
const GONE: Faults = {
  status: 409,
  fault: "Your passkeys were changed elsewhere a moment ago. This page shows them now.",
};

function codesPage(
  auth: AuthContext,
  codes: readonly string[],
  words: string,
  next: string,
  headers?: Headers,
): Promise<Response> {
  return businessPage(auth, () => ({
    title: "Keep these recovery codes",
    ...(headers && { headers }),
    content: (
      <RecoveryCodes codes={codes} next={next}>
        {words}
      </RecoveryCodes>
    ),
  }));
}

async function listPage(
  auth: AuthContext,
  request: Request,
  person: Person,
  returnTo: string,
  faults?: Faults,
): Promise<Response> {
  const factors = await findFactors(auth, person.userId);
  const done = new URL(request.url).searchParams.get("done");
  return formPage(auth, request, { person, returnTo, faults }, (view, business) => ({
    title: "Passkeys",
    passkeys: true,
    content: (
      <PasskeyList
        view={view}
        done={done}
        passkeys={factors.passkeys}
        hasFactor={hasFactor(factors)}
        onlyPasskeys={factors.app === undefined}
        owner={person.userId === auth.ownerUserId}
        question={registrationQuestion(auth, person, business, factors.passkeys)}
        keyName={defaultName(request)}
      />
    ),
  }));
}
