import { and, eq, isNull } from "drizzle-orm";
import { guardChanged, type Query } from "../db/database.ts";
import { passkeys } from "../db/schema/consent.ts";
import { user } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import type { TooManyAttempts } from "./faults.ts";
import { mailPasskeyNotice } from "./mails.ts";
import { countRequest } from "./met-bound.ts";
import { readAddressSubject } from "./one-time-tokens.ts";
import { isOwnChallenge } from "./passkey-challenge.ts";
import { auditOfCounter } from "./passkeys.ts";
import { openingSession, signedInAnswer } from "./sessions.ts";
import { challengeIn, judgeTouch, noteTouch, readTouch, type Touch } from "./webauthn.ts";

/** The outcome of a sign-in with a passkey, alone or after a password. */
export type PasskeyOutcome =
  | TooManyAttempts
  /** The challenge is of another page or browser, was used, or is too old. */
  | { readonly kind: "challenge_over" }
  /** Every other answer: of an unknown or removed passkey, of another person's, and a wrong one. It tells of no account. */
  | { readonly kind: "refused" }
  /** The key itself signed a counter that did not grow. Its person was mailed. */
  | { readonly kind: "counter_refused" }
  | { readonly kind: "signed_in"; readonly answer: Response };

/**
 * Signs in the person whom a passkey names by itself. The challenge is of a page that was shown to this browser under
 * `formToken`. It takes no guess at a password, so it stands outside of that bound, and inside that of a network.
 */
export async function signInByPasskey(
  auth: AuthContext,
  request: Request,
  sent: { readonly formToken: string; readonly credential: string | null },
  context: ExecutionContext,
): Promise<PasskeyOutcome> {
  const tooMany = await countRequest(auth, "signIns", request);
  if (tooMany) return tooMany;
  const touch = readTouch(sent.credential);
  // A key that names no person was not made to sign in alone.
  if (!touch?.response.userHandle) return { kind: "refused" };
  const challenge = challengeIn(touch.response.clientDataJSON);
  if (!isOwnChallenge(auth, "sign-in", sent.formToken, challenge)) return { kind: "challenge_over" };
  const using = (userId: string) => auth.tokens.spending("passkey", challenge, userId);
  return opened(auth, request, { touch, challenge, using }, context);
}

/** Signs in the person whose password or mailed link was right a moment ago, by a passkey of theirs. */
export async function signInByPasskeyToo(
  auth: AuthContext,
  request: Request,
  sent: { readonly challenge: string; readonly credential: string | null },
  context: ExecutionContext,
): Promise<PasskeyOutcome> {
  const { userId } = readAddressSubject(await auth.tokens.find("second-factor", sent.challenge));
  if (!userId) return { kind: "challenge_over" };
  const tooMany = await countRequest(auth, "signIns", request);
  if (tooMany) return tooMany;
  const touch = readTouch(sent.credential);
  if (!touch) return { kind: "refused" };
  const using = () => [auth.tokens.use("second-factor", sent.challenge), guardChanged(auth.db, "challenge_used")];
  const challenge = challengeOfToken(sent.challenge).toString("base64url");
  return opened(auth, request, { touch, challenge, using, only: userId }, context);
}

/** What a passkey signs after a password: the bytes of the token that waits for a code. */
export function challengeOfToken(token: string): Buffer<ArrayBuffer> {
  return Buffer.from(token, "hex");
}

async function opened(
  auth: AuthContext,
  request: Request,
  attempt: {
    readonly touch: Touch;
    readonly challenge: string;
    /** The statements that use the challenge up; they abort with `challenge_used`. */
    using(userId: string): readonly Query[];
    /** The one person whose passkey counts. */
    readonly only?: string;
  },
  context: ExecutionContext,
): Promise<PasskeyOutcome> {
  const { db, publicUrl, clock } = auth;
  const { touch, challenge, only } = attempt;
  const { rows } = await db.read({
    rows: db.build
      .select({ passkey: passkeys, email: user.email })
      .from(passkeys)
      .innerJoin(user, eq(user.id, passkeys.userId))
      .where(
        and(eq(passkeys.credentialId, touch.id), isNull(user.erasedAt), only ? eq(passkeys.userId, only) : undefined),
      ),
  });
  const [found] = rows;
  if (!found) return { kind: "refused" };
  const { passkey, email } = found;
  const verdict = await judgeTouch(touch, { challenge, publicUrl, passkey });
  if (verdict.kind === "refused") return verdict;
  if (verdict.kind === "counter_refused") {
    // After a password the challenge stays good for a code. Alone it is used up: the answer says this once.
    const used = only ? [] : attempt.using(passkey.userId);
    const again = await db.tryCommit([...used, auditOfCounter(auth, passkey)]);
    if (again) return { kind: "challenge_over" };
    context.waitUntil(mailPasskeyNotice(auth, { userId: passkey.userId, email }, "A passkey was refused"));
    return verdict;
  }
  const opening = openingSession(auth, passkey.userId, true);
  const refused = await db.tryCommit([
    ...attempt.using(passkey.userId),
    ...noteTouch(db, passkey, verdict, clock.now()),
    ...opening.statements,
  ]);
  if (refused) return { kind: refused === "challenge_used" ? "challenge_over" : "refused" };
  return { kind: "signed_in", answer: await signedInAnswer(auth, request, { token: opening.token, email }) };
}
