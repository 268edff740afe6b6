import { seeOther } from "../pages/see-other.ts";
import type { AuthContext } from "./context.ts";
import { isFresh, SECOND_FACTOR_PATH, secondFactorPath, signInPath } from "./fresh-sign-in.ts";
import { mailNote } from "./mails.ts";
import { acceptedForm, businessPage } from "./pages.tsx";
import { findPerson, type Person } from "./people.ts";
import { pathOf, safeReturn } from "./return-to.ts";
import {
  beginSecondFactor,
  confirmSecondFactor,
  findBegunFactor,
  findSecondFactor,
  forgetBegunFactor,
  removeSecondFactor,
  tryCode,
} from "./second-factor.ts";
import { RecoveryCodes, SecondFactorForms } from "./second-factor-forms.tsx";
import { cookiesIn, openedAnswer } from "./sessions.ts";
import { CODE_WORDS } from "./sign-in-page.tsx";
import { base32, otpauthUrl } from "./totp.ts";

/** What a page shows beside how the factor stands. */
interface Again {
  readonly status?: number;
  readonly error?: string;
  readonly fault?: string;
}

/** `GET /account/second-factor`: how it stands. Asks for a fresh sign-in, since it changes how the person signs in. */
export async function showSecondFactor(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  const returnTo = new URL(request.url).searchParams.get("returnTo") ?? "";
  const step = await stepBeforeChange(auth, person, returnTo);
  if (step || !person) return seeOther(auth.publicUrl, auth.publicUrl + step);
  return factorPage(auth, request, person, returnTo);
}

/** `POST /account/second-factor`: begins one, moves it to another app, confirms what was shown, or takes it away; all but the first by a code. */
export async function submitSecondFactor(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const person = await findPerson(auth, request);
  const step = await stepBeforeChange(auth, person, "");
  if (step || !person) return seeOther(auth.publicUrl, auth.publicUrl + step);
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const again = (shown: Again) => factorPage(auth, request, person, returnTo, shown);
  const here = auth.publicUrl + (returnTo ? secondFactorPath(returnTo) : SECOND_FACTOR_PATH);
  const factor = await findSecondFactor(auth, person.userId);
  const code = form.get("code") ?? "";
  switch (form.get("action")) {
    case "begin": {
      if (factor) return again({ status: 409, fault: ON_ALREADY });
      const begun = await beginSecondFactor(auth, person, undefined);
      return begun ? seeOther(auth.publicUrl, here) : again({ status: 409, fault: CHANGED });
    }
    case "move": {
      if (!factor) return seeOther(auth.publicUrl, here);
      const outcome = await tryCode(auth, factor, code);
      if (outcome !== "right") return again(wrongCode(outcome));
      const begun = await beginSecondFactor(auth, person, factor);
      return begun ? seeOther(auth.publicUrl, here) : again({ status: 409, fault: CHANGED });
    }
    case "keep":
      await forgetBegunFactor(auth, person);
      return seeOther(auth.publicUrl, here);
    case "confirm": {
      const begun = await findBegunFactor(auth, person);
      if (factor && !begun) return again({ status: 409, fault: ON_ALREADY });
      // A page that shows an older key must not have its code put a newer one into force.
      if (!begun || begun.name !== form.get("shown")) return again({ status: 409, fault: ANOTHER_KEY });
      const outcome = await confirmSecondFactor(auth, person, begun, code);
      if (outcome === "changed") return again({ status: 409, fault: ANOTHER_KEY });
      if (outcome === "wrong") return again({ status: 422, error: WRONG_AT_FIRST });
      const moved = factor !== undefined;
      const note = moved ? "Your second factor was moved to another app" : "A second factor was turned on";
      context.waitUntil(mailNote(auth, person.email, note));
      const headers = cookiesIn(await openedAnswer(auth, outcome.token));
      const next = safeReturn(returnTo, auth.publicUrl, "/account");
      return businessPage(auth, () => ({
        title: "Keep these recovery codes",
        headers,
        content: <RecoveryCodes codes={outcome.recoveryCodes} moved={moved} next={pathOf(new URL(next))} />,
      }));
    }
    case "stop": {
      if (!factor) return seeOther(auth.publicUrl, here);
      const outcome = await tryCode(auth, factor, code);
      if (outcome !== "right") return again(wrongCode(outcome));
      const token = await removeSecondFactor(auth, person);
      context.waitUntil(mailNote(auth, person.email, "Your second factor was turned off"));
      const headers = cookiesIn(await openedAnswer(auth, token));
      return seeOther(auth.publicUrl, here, headers);
    }
    default:
      return seeOther(auth.publicUrl, here);
  }
}

const ON_ALREADY = "Your second factor is on already. Nothing was changed.";
const ANOTHER_KEY = "Another key took the place of the one you were shown. Nothing was changed: look again.";
const CHANGED = "Your second factor was changed elsewhere a moment ago. Look again.";
const WRONG_AT_FIRST = "That is not the code that your app shows for this key at this moment.";

function wrongCode(outcome: "wrong" | "locked"): Again {
  return { error: CODE_WORDS[outcome], status: outcome === "locked" ? 429 : 422 };
}

/** A fresh sign-in, by the factor where there is one: a session from before it changes nothing about it. */
async function stepBeforeChange(
  auth: AuthContext,
  person: Person | undefined,
  returnTo: string,
): Promise<string | undefined> {
  const back = returnTo ? secondFactorPath(returnTo) : SECOND_FACTOR_PATH;
  if (!person) return signInPath(back);
  if (!isFresh(person, auth.clock.now())) return signInPath(back, { again: true });
  if (person.secondFactor) return undefined;
  const factor = await findSecondFactor(auth, person.userId);
  return factor ? signInPath(returnTo || SECOND_FACTOR_PATH, { again: true }) : undefined;
}

async function factorPage(
  auth: AuthContext,
  request: Request,
  person: Person,
  returnTo: string,
  { status = 200, ...shown }: Again = {},
): Promise<Response> {
  const inForce = (await findSecondFactor(auth, person.userId)) !== undefined;
  const begun = await findBegunFactor(auth, person);
  const owner = person.userId === auth.ownerUserId;
  const { token } = auth.forms.issue(request, person);
  return businessPage(auth, (business) => ({
    title: "Second factor",
    status,
    content: (
      <SecondFactorForms
        inForce={inForce}
        owner={owner}
        needed={auth.ownerNeedsFactor && owner}
        {...(begun && {
          secret: {
            typed: base32(begun.secret),
            url: otpauthUrl(begun.secret, business, person.email),
            name: begun.name,
          },
        })}
        formToken={token}
        returnTo={returnTo}
        {...shown}
      />
    ),
  }));
}
