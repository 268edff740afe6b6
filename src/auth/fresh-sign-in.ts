import type { Person } from "./people.ts";

/** How old a sign-in may be for what the owner changes: whoever walks up to an open browser is not the owner. */
const FRESH_MS = 15 * 60_000;

/** Whether a person signed in just now. */
export function isFresh(person: Person, now: number): boolean {
  return now - person.signedInAt <= FRESH_MS;
}

/** Where a person signs in, to come back to a path of ours; `again` asks also whoever is signed in already. */
export function signInPath(returnTo: string, { again = false }: { again?: boolean } = {}): string {
  return `/sign-in?${new URLSearchParams({ returnTo, ...(again && { again: "1" }) })}`;
}
