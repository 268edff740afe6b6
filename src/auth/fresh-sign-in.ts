import type { Person } from "./people.ts";

/** How old a sign-in may be for what the owner changes: whoever walks up to an open browser is not the owner. */
const FRESH_MS = 15 * 60_000;

/** Where a person sets up, replaces or takes away their second factor. */
export const SECOND_FACTOR_PATH = "/account/second-factor";

/** Whether a person signed in just now. */
export function isFresh(person: Person, now: number): boolean {
  return now - person.signedInAt <= FRESH_MS;
}

/** Where a person signs in, to come back to a path of ours; `again` asks also whoever is signed in already. */
export function signInPath(returnTo: string, { again = false }: { again?: boolean } = {}): string {
  return `/sign-in?${new URLSearchParams({ returnTo, ...(again && { again: "1" }) })}`;
}

/** Where the owner gets the second factor that their authority takes, to come back to a path of ours. */
export function secondFactorPath(returnTo: string): string {
  return `${SECOND_FACTOR_PATH}?${new URLSearchParams({ returnTo })}`;
}

/** Where a person has to go before they change something as the owner; undefined when they can go on. */
export function stepBefore(person: Person, now: number, returnTo: string): string | undefined {
  if (person.owesFactor) return secondFactorPath(returnTo);
  return isFresh(person, now) ? undefined : signInPath(returnTo, { again: true });
}
