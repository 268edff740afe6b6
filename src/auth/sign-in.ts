import { eq } from "drizzle-orm";
import * as z from "zod";
import { guardChanged } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { callerNetwork, type Limit, networkKey } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { withCookie } from "./cookies.ts";
import { signInFields } from "./credentials.ts";
import { type InvalidFields, readFields, type TooManyAttempts } from "./faults.ts";
import { rememberBrowser } from "./known-browser.ts";
import { addressSubject, readAddressSubject } from "./one-time-tokens.ts";
import { findSecondFactor, type RefusedCode, tryCode } from "./second-factor.ts";
import { endSessionOf, openedAnswer, openingSession } from "./sessions.ts";

/** Guesses that may be wrong or under way in a minute: for one account from one network, and for one network in all. */
const GUESSES_PER_ACCOUNT = 20;
const GUESSES_PER_NETWORK = 100;

/** The outcome of an attempt with a password. */
type SignInOutcome =
  | InvalidFields
  | TooManyAttempts
  /** `answer` is the library's refusal. */
  | { readonly kind: "wrong_password"; readonly answer: Response }
  /** The password was right; `challenge` is the token to send the second factor's code with. */
  | { readonly kind: "code_needed"; readonly challenge: string }
  /** `answer` carries the session's cookie. `lacksFactor`: the owner has to set up a second factor before acting as the owner. */
  | { readonly kind: "signed_in"; readonly answer: Response; readonly lacksFactor: boolean };

/** Signs in with e-mail and password, within the limits on guesses: failures stay counted, successes do not. */
export async function signInByPassword(auth: AuthContext, request: Request, input: unknown): Promise<SignInOutcome> {
  const typed = readFields(signInFields, input);
  if (typed.kind === "invalid_fields") return typed;
  const limits = guessLimits(auth, request, typed.fields.email);
  const tooMany = await auth.attempts.begin(limits);
  if (tooMany) return tooMany;
  const answer = await auth.people.api.signInEmail({ body: typed.fields, headers: request.headers, asResponse: true });
  // A 5xx is a fault of the server; a wrong password is a 4xx.
  if (answer.status >= 500) throw new Error(`sign-in answered ${answer.status}`);
  if (!answer.ok) return { kind: "wrong_password", answer };
  await auth.attempts.forgive(limits);
  const { token, user } = signedInBody.parse(await answer.clone().json());
  const factor = await findSecondFactor(auth, user.id);
  if (factor) {
    // The library has opened a session. Its token was sent to no browser, so its row is deleted.
    await auth.db.commit([auth.db.build.delete(session).where(eq(session.token, token))]);
    const subject = addressSubject({ userId: user.id, email: typed.fields.email });
    return { kind: "code_needed", challenge: await auth.tokens.issue("second-factor", subject) };
  }
  await endSessionOf(auth, request);
  const known = withCookie(answer, rememberBrowser(auth, request, typed.fields.email));
  return { kind: "signed_in", answer: known, lacksFactor: auth.ownerNeedsFactor && user.id === auth.ownerUserId };
}

const signedInBody = z.object({ token: z.string(), user: z.object({ id: z.string() }) });

/** The outcome of an attempt with a second factor's code. */
type CodeSignInOutcome =
  | RefusedCode
  /** The challenge is unknown, used or expired. */
  | { readonly kind: "challenge_over" }
  | { readonly kind: "signed_in"; readonly answer: Response };

/** Signs in the person whose password was right a moment ago, if the code is right. Uses the challenge up. */
export async function signInByCode(
  auth: AuthContext,
  request: Request,
  challenge: string,
  code: string,
): Promise<CodeSignInOutcome> {
  const { userId, email } = readAddressSubject(await auth.tokens.find("second-factor", challenge));
  const factor = userId ? await findSecondFactor(auth, userId) : undefined;
  if (!factor) return { kind: "challenge_over" };
  const limits = [networkLimit(auth, request)];
  if (await auth.attempts.begin(limits)) return { kind: "locked" };
  const tried = await tryCode(auth, factor, code);
  if (tried.kind !== "right") return tried;
  const opening = openingSession(auth, userId, true);
  const refused = await auth.db.tryCommit([
    auth.tokens.use("second-factor", challenge),
    guardChanged(auth.db, "challenge_used"),
    ...opening.statements,
  ]);
  if (refused) return { kind: "challenge_over" };
  await auth.attempts.forgive(limits);
  await endSessionOf(auth, request);
  return {
    kind: "signed_in",
    answer: withCookie(await openedAnswer(auth, opening.token), rememberBrowser(auth, request, email)),
  };
}

/** The limits on guesses at a password: by account and network, so that failures elsewhere keep no person out. */
export function guessLimits(auth: AuthContext, request: Request, email: string): Limit[] {
  const key = auth.keys.mac("rate-limit", `${email} ${callerNetwork(request)}`);
  return [{ key: `sign-in:account:${key}`, perMinute: GUESSES_PER_ACCOUNT }, networkLimit(auth, request)];
}

function networkLimit(auth: AuthContext, request: Request): Limit {
  return { key: `sign-in:network:${networkKey(auth, request)}`, perMinute: GUESSES_PER_NETWORK };
}
