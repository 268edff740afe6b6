import { boundOfGuard } from "../base/bounds.ts";
import { networksOf } from "../base/network.ts";
import { countBack, countUp } from "../db/counts.ts";
import type { AuthContext } from "./context.ts";
import type { TooManyAttempts } from "./faults.ts";
import { knownBrowser } from "./known-browser.ts";
import { boundOver, countRequest } from "./met-bound.ts";

/** The account's own bound is met, from whatever networks: a mailed link is the way in. It says the same of no account. */
export interface TooManyGuesses {
  readonly kind: "too_many_guesses";
  readonly retryAfterSeconds: number;
}

/** A guess that is counted; `forgive` takes it back, so that only failures stay counted. */
interface CountedGuess {
  readonly kind: "counted";
  forgive(): Promise<void>;
}

/**
 * Counts a guess at a password before it is tried, so that guesses sent all at once can't slip past. The bound by account
 * holds where mail is sent: without a mailed link, strangers could keep a person out. A browser that signed in to the
 * account before has a count of its own.
 */
export async function beginGuess(
  auth: AuthContext,
  request: Request,
  email: string,
): Promise<CountedGuess | TooManyAttempts | TooManyGuesses> {
  const tooMany = await countRequest(auth, "signIns", request);
  if (tooMany) return tooMany;
  const browser = knownBrowser(auth, request, email);
  const keyOf = (text: string) => auth.keyring.keyedHash(text, "guesses");
  const ofNetwork = await keyOf(`${networksOf(request).narrow} ${email}`);
  const ofAccount = await keyOf(browser ? `${browser} ${email}` : email);
  const counted = [
    ["guessesOfANetwork", ofNetwork],
    ...(auth.mail ? ([["guessesAnHour", ofAccount]] as const) : []),
  ] as const;
  const forgiving = counted.map(([name, key]) => countBack(auth, name, key));
  const guard = await auth.db.tryCommit(counted.flatMap(([name, key]) => countUp(auth, name, key)));
  const over = await boundOver(auth, guard);
  if (!over) return { kind: "counted", forgive: () => auth.db.commit(forgiving) };
  return guard && boundOfGuard(guard) === "guessesAnHour" ? { ...over, kind: "too_many_guesses" } : over;
}
