import type { BoundByBinding } from "../base/bounds.ts";
import { Problem } from "../base/problem.ts";
import type { AuthContext } from "./context.ts";
import type { TooManyAttempts } from "./faults.ts";

/** Counts a request under a bound of a minute, for the networks that it comes from. */
export function countRequest(
  auth: AuthContext,
  name: BoundByBinding,
  request: Request,
): Promise<TooManyAttempts | undefined> {
  return attemptOver(auth.limits.checkNetwork(name, request));
}

/** The outcome of a check of `Limits`, for a page that shows its form again. */
async function attemptOver(check: Promise<void>): Promise<TooManyAttempts | undefined> {
  try {
    await check;
    return undefined;
  } catch (thrown) {
    const over = tooMany(thrown);
    if (!over) throw thrown;
    return over;
  }
}

/** The outcome of a batch that the guard of a bound aborted; undefined for another guard and for none. */
export async function boundOver(auth: AuthContext, guard: string | undefined): Promise<TooManyAttempts | undefined> {
  return tooMany(await auth.limits.refusalOf(guard));
}

function tooMany(thrown: unknown): TooManyAttempts | undefined {
  if (!(thrown instanceof Problem) || thrown.code !== "rate_limited") return undefined;
  return { kind: "too_many_attempts", retryAfterSeconds: thrown.details.retryAfterSeconds ?? 60 };
}
