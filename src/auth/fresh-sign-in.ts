import type { Person } from "./people.ts";
import { returnQuery } from "./return-to.ts";

/** How old a sign-in may be for a change by the owner, so that a passer-by at an open browser can make none. */
const FRESH_MS = 15 * 60_000;

/** The page on which a person sets up, moves or removes their second factor. */
export const SECOND_FACTOR_PATH = "/account/second-factor";

/** The page of a person's passkeys. */
export const PASSKEYS_PATH = "/account/passkeys";

/** Whether a person signed in within the last quarter of an hour. */
export function isFresh(person: Person, now: number): boolean {
  return now - person.signedInAt <= FRESH_MS;
}

/** The sign-in page, which returns to a path of ours afterwards. `again` shows it to a signed-in person too. */
export function signInPath(returnTo: string, { again = false }: { again?: boolean } = {}): string {
  return `/sign-in?${new URLSearchParams({ returnTo, ...(again && { again: "1" }) })}`;
}

/** The page of the second factor, which returns to `returnTo` afterwards where that is not empty. */
export function secondFactorPath(returnTo: string): string {
  return SECOND_FACTOR_PATH + returnQuery(returnTo);
}

/** The page that a person has to visit before a change as the owner; undefined when they can go on. */
export function stepBefore(person: Person, now: number, returnTo: string): string | undefined {
  if (person.lacksFactor) return secondFactorPath(returnTo);
  return isFresh(person, now) ? undefined : signInPath(returnTo, { again: true });
}
