import type { AuthContext } from "./context.ts";
import { findFactors, hasFactor, removeApp } from "./factors.ts";
import type { Faults } from "./faults.ts";
import { isFresh, SECOND_FACTOR_PATH, secondFactorPath, signInPath } from "./fresh-sign-in.ts";
import { mailChangeNotice } from "./mails.ts";
import { acceptedForm, businessPage, formPage } from "./pages.tsx";
import { defaultName } from "./passkey-name.ts";
import { registrationQuestion } from "./passkey-registration.ts";
import { findPerson, type Person } from "./people.ts";
import { pathOf, returnToIn, toPath, wantedPage } from "./return-to.ts";
import { CODE_FAULTS, tryCode } from "./second-factor.ts";
import { RecoveryCodes, SecondFactorForms } from "./second-factor-forms.tsx";
import {
  beginSecondFactor,
  type Confirmation,
  confirmSecondFactor,
  findBegunFactor,
  forgetBegunFactor,
} from "./second-factor-setup.ts";
import { cookiesIn, openedAnswer } from "./sessions.ts";
import { base32, otpauthUrl } from "./totp.ts";

/** `GET /account/second-factor`. Requires a fresh sign-in, since it changes how the person signs in. */
export async function showSecondFactor(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  const returnTo = returnToIn(request);
  const step = await stepBeforeFactorChange(auth, person, secondFactorPath(returnTo), returnTo);
  if (step || !person) return toPath(auth, step ?? "/sign-in");
  return factorPage(auth, request, person, returnTo);
}

/**
 * `POST /account/second-factor`: begins a set-up, moves the factor to another app, confirms the key that was shown, or
 * removes the factor. All but the first take a code.
 */
export async function submitSecondFactor(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  const step = await stepBeforeFactorChange(auth, person, SECOND_FACTOR_PATH);
  if (step || !person) return toPath(auth, step ?? "/sign-in");
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const again = (faults: Faults) => factorPage(auth, request, person, returnTo, faults);
  const here = secondFactorPath(returnTo);
  const factors = await findFactors(auth, person.userId);
  const factor = factors.app;
  const code = form.get("code") ?? "";
  switch (form.get("action")) {
    case "begin": {
      if (factor) return again(ON_ALREADY);
      const begun = await beginSecondFactor(auth, person, undefined);
      return begun ? toPath(auth, here) : again(CHANGED);
    }
    case "move": {
      if (!factor) return toPath(auth, here);
      const tried = await tryCode(auth, factor, code);
      if (tried.kind !== "right") return again(CODE_FAULTS[tried.kind]);
      const begun = await beginSecondFactor(auth, person, factor);
      return begun ? toPath(auth, here) : again(CHANGED);
    }
    case "keep":
      await forgetBegunFactor(auth, person);
      return toPath(auth, here);
    case "confirm": {
      const begun = await findBegunFactor(auth, person);
      if (factor && !begun) return again(ON_ALREADY);
      // The code of an older page must not put a newer key into force.
      if (!begun || begun.name !== form.get("shown")) return again(ANOTHER_KEY);
      const outcome = await confirmSecondFactor(auth, person, begun, code);
      if (outcome.kind !== "confirmed") return again(NOT_CONFIRMED[outcome.kind]);
      const note = factor ? "Your second factor was moved to another app" : "A second factor was turned on";
      context.waitUntil(mailChangeNotice(auth, person, note));
      const headers = cookiesIn(await openedAnswer(auth, outcome.sessionToken));
      const next = pathOf(wantedPage(auth, returnTo));
      return businessPage(auth, () => ({
        title: "Keep these recovery codes",
        headers,
        content: (
          <RecoveryCodes codes={outcome.recoveryCodes} next={next}>
            {factor
              ? "Your new app is in use. Your old recovery codes no longer work. "
              : `Your second factor is on. ${factors.passkeys.length > 0 ? "Your old recovery codes no longer work. " : ""}`}
            You were signed out everywhere else.
          </RecoveryCodes>
        ),
      }));
    }
    case "stop": {
      if (!factor) return toPath(auth, here);
      const tried = await tryCode(auth, factor, code);
      if (tried.kind !== "right") return again(CODE_FAULTS[tried.kind]);
      const sessionToken = await removeApp(auth, person, factors);
      if (sessionToken === undefined) return again(CHANGED);
      context.waitUntil(mailChangeNotice(auth, person, "Your second factor was turned off"));
      return toPath(auth, here, cookiesIn(await openedAnswer(auth, sessionToken)));
    }
    default:
      return toPath(auth, here);
  }
}

const ON_ALREADY: Faults = { status: 409, fault: "Your second factor is on already. Nothing was changed." };
const ANOTHER_KEY: Faults = {
  status: 409,
  fault: "Another key has replaced the one you were shown. Nothing was changed. This page shows how it stands now.",
};
const CHANGED: Faults = {
  status: 409,
  fault: "Your second factor was changed elsewhere a moment ago. This page shows how it stands now.",
};
const NOT_CONFIRMED: Readonly<Record<Exclude<Confirmation["kind"], "confirmed">, Faults>> = {
  wrong: { status: 422, errors: { code: "That is not the code that your app shows for this key now." } },
  changed: ANOTHER_KEY,
};

/**
 * The page to visit before a change of how a person signs in, which then leads back `here`; undefined when they can go on. It
 * needs a fresh sign-in, with a second factor where the person has one: the password alone can't change a factor. Such a
 * sign-in may lead on to `onward` at once.
 */
export async function stepBeforeFactorChange(
  auth: AuthContext,
  person: Person | undefined,
  here: string,
  onward = "",
): Promise<string | undefined> {
  if (!person) return signInPath(here);
  if (!isFresh(person, auth.clock.now())) return signInPath(here, { again: true });
  if (person.secondFactor || !hasFactor(await findFactors(auth, person.userId))) return undefined;
  return signInPath(onward || here, { again: true });
}

async function factorPage(
  auth: AuthContext,
  request: Request,
  person: Person,
  returnTo: string,
  faults?: Faults,
): Promise<Response> {
  const { app, passkeys } = await findFactors(auth, person.userId);
  const begun = await findBegunFactor(auth, person);
  const owner = person.userId === auth.ownerUserId;
  return formPage(auth, request, { person, returnTo, faults }, (view, business) => ({
    title: "Second factor",
    passkeys: true,
    content: (
      <SecondFactorForms
        {...view}
        inForce={app !== undefined}
        passkeys={passkeys.length}
        question={registrationQuestion(auth, person, business, passkeys)}
        keyName={defaultName(request)}
        owner={owner}
        needed={auth.ownerNeedsFactor && owner}
        {...(begun && {
          secret: {
            typed: base32(begun.secret),
            url: otpauthUrl(begun.secret, business, person.email),
            name: begun.name,
          },
        })}
      />
    ),
  }));
}
