import { Notice } from "../pages/form-parts.tsx";
import { PasskeyForm } from "../pages/passkey-form.tsx";
import type { AuthContext } from "./context.ts";
import { findFactors } from "./factors.ts";
import { type Faults, faultsOf } from "./faults.ts";
import { FORM_TOKEN } from "./forms.ts";
import { readAddressSubject } from "./one-time-tokens.ts";
import { formPage } from "./pages.tsx";
import { challengeOfToken, type PasskeyOutcome } from "./passkey-sign-in.ts";
import { CodeField, PlainForm } from "./plain-form.tsx";
import { leadsToConsent, returnQuery } from "./return-to.ts";
import { touchOptions } from "./webauthn.ts";

/** Asks for the second factor: a passkey, a code of the app, or a recovery code. `challenge` is sent with either. */
export async function codePage(
  auth: AuthContext,
  request: Request,
  { challenge, ...shown }: { returnTo: string; challenge: string; faults?: Faults },
): Promise<Response> {
  const { userId } = readAddressSubject(await auth.tokens.find("second-factor", challenge));
  const { app, passkeys } = await findFactors(auth, userId);
  const options = await touchOptions(auth.publicUrl, new Uint8Array(challengeOfToken(challenge)), passkeys);
  const byCode = app
    ? "the code of your authenticator app, or one of your recovery codes"
    : "one of your recovery codes";
  return formPage(auth, request, shown, (view) => ({
    title: "One more step",
    passkeys: passkeys.length > 0,
    content: (
      <>
        {passkeys.length === 0 ? (
          <p>Open your authenticator app and type its code for this account, or one of your recovery codes.</p>
        ) : (
          <>
            {shown.faults?.fault && <Notice kind="bad">{shown.faults.fault}</Notice>}
            <p>{`Use a passkey of this account, or type ${byCode}.`}</p>
            <PasskeyForm
              action="/sign-in/code"
              hidden={{ [FORM_TOKEN]: view.formToken, returnTo: shown.returnTo, challenge }}
              question={{ kind: "get", options }}
              button="Use a passkey"
            />
          </>
        )}
        <PlainForm
          view={passkeys.length > 0 && shown.faults?.fault ? { ...view, faults: undefined } : view}
          action="/sign-in/code"
          button="Sign in"
          hidden={{ challenge }}
        >
          <CodeField view={view} label={app ? "Code" : "Recovery code"} autofocus={passkeys.length === 0} />
        </PlainForm>
        <p>
          <a href={`/sign-in${returnQuery(shown.returnTo)}`}>Start again</a>
        </p>
      </>
    ),
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
  }));
}

/** What a person reads of a passkey that was refused. */
export function passkeyFaults(outcome: Exclude<PasskeyOutcome, { kind: "signed_in" }>): Faults {
  switch (outcome.kind) {
    case "too_many_attempts":
      return faultsOf(outcome);
    case "challenge_over":
      return { status: 422, fault: "That took too long. Sign in again." };
    case "refused":
      return { status: 422, fault: "That passkey opens no account here. Sign in another way." };
    case "counter_refused":
      return {
        status: 422,
        fault:
          "That passkey was refused: its counter did not grow, so a copy of it may exist. Sign in another way, and remove the passkey on the page of your account.",
      };
  }
}
