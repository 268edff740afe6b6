import { and, eq } from "drizzle-orm";
import * as z from "zod";
import { guardChanged } from "../db/database.ts";
import { session, user } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { withCookie } from "./cookies.ts";
import { signInFields } from "./credentials.ts";
import { findFactors, hasFactor, tryAnyCode } from "./factors.ts";
import { type InvalidFields, readFields, type TooManyAttempts } from "./faults.ts";
import { beginGuess, type TooManyGuesses } from "./guesses.ts";
import { rememberBrowser } from "./known-browser.ts";
import { countRequest } from "./met-bound.ts";
import { addressSubject, readAddressSubject } from "./one-time-tokens.ts";
import type { RefusedCode } from "./second-factor.ts";
import { endSessionOf, openingSession, signedInAnswer } from "./sessions.ts";

/** The outcome of an attempt with a password. */
type SignInOutcome =
  | InvalidFields
  | TooManyAttempts
  | TooManyGuesses
  /** `answer` is the library's refusal. */
  | { readonly kind: "wrong_password"; readonly answer: Response }
  | Proven;

/** The person has proven who they are, by a password or a mailed link. */
type Proven =
  /** `challenge` is the token to send the second factor's code with, and what a passkey signs. */
  { readonly kind: "code_needed"; readonly challenge: string } | SignedIn;

/** `answer` carries the session's cookie. `lacksFactor`: the owner has to set up a second factor before acting as the owner. */
export interface SignedIn {
  readonly kind: "signed_in";
  readonly answer: Response;
  readonly lacksFactor: boolean;
}

/** Signs in with e-mail and password, within the bounds on guesses: failures stay counted, successes do not. */
export async function signInByPassword(auth: AuthContext, request: Request, input: unknown): Promise<SignInOutcome> {
  const typed = readFields(signInFields, input);
  if (typed.kind === "invalid_fields") return typed;
  const guess = await beginGuess(auth, request, typed.fields.email);
  if (guess.kind !== "counted") return guess;
  const answer = await auth.people.api.signInEmail({ body: typed.fields, headers: request.headers, asResponse: true });
  // A 5xx is a fault of the server; a wrong password is a 4xx.
  if (answer.status >= 500) throw new Error(`sign-in answered ${answer.status}`);
  if (!answer.ok) return { kind: "wrong_password", answer };
  await guess.forgive();
  const { token, user: account } = signedInBody.parse(await answer.clone().json());
  if (hasFactor(await findFactors(auth, account.id))) {
    // The library has opened a session. Its token was sent to no browser, so its row is deleted.
    await auth.db.commit([auth.db.build.delete(session).where(eq(session.token, token))]);
    const subject = addressSubject({ userId: account.id, email: typed.fields.email });
    return { kind: "code_needed", challenge: await auth.tokens.issue("second-factor", subject) };
  }
  await endSessionOf(auth, request);
  const known = withCookie(answer, rememberBrowser(auth, request, typed.fields.email));
  return { kind: "signed_in", answer: known, lacksFactor: lacksFactor(auth, account.id) };
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
  const factors = await findFactors(auth, userId);
  if (!hasFactor(factors)) return { kind: "challenge_over" };
  if (await countRequest(auth, "signIns", request)) return { kind: "locked" };
  const tried = await tryAnyCode(auth, userId, factors, code);
  if (tried.kind !== "right") return tried;
  const opening = openingSession(auth, userId, true);
  const refused = await auth.db.tryCommit([
    auth.tokens.use("second-factor", challenge),
    guardChanged(auth.db, "challenge_used"),
    ...opening.statements,
  ]);
  if (refused) return { kind: "challenge_over" };
  return { kind: "signed_in", answer: await signedInAnswer(auth, request, { token: opening.token, email }) };
}

/** Signs in the reader of a mailed link, once. A link to an address that the account no longer has is over. */
export async function signInByLink(
  auth: AuthContext,
  request: Request,
  token: string,
): Promise<Proven | { readonly kind: "link_over" }> {
  const { userId, email } = readAddressSubject(await auth.tokens.find("sign-in", token));
  const { people } = await auth.db.read({
    people: auth.db.build
      .select({ id: user.id })
      .from(user)
      .where(and(eq(user.id, userId), eq(user.email, email), eq(user.emailVerified, true))),
  });
  if (people.length === 0) return { kind: "link_over" };
  const protectedToo = hasFactor(await findFactors(auth, userId));
  const opening = openingSession(auth, userId, false);
  const challenge = auth.tokens.issuing("second-factor", addressSubject({ userId, email }));
  const refused = await auth.db.tryCommit([
    auth.tokens.use("sign-in", token),
    guardChanged(auth.db, "link_used"),
    ...(protectedToo ? challenge : opening).statements,
  ]);
  if (refused) return { kind: "link_over" };
  if (protectedToo) return { kind: "code_needed", challenge: challenge.token };
  const answer = await signedInAnswer(auth, request, { token: opening.token, email });
  return { kind: "signed_in", answer, lacksFactor: lacksFactor(auth, userId) };
}

const lacksFactor = (auth: AuthContext, userId: string) => auth.ownerNeedsFactor && userId === auth.ownerUserId;
