import { isDeepStrictEqual } from "node:util";

/** The product did something else than the story says. */
export class Differs extends Error {}

/** Throws unless the two are equal in every part. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Differs(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

/** Throws unless it holds. */
export function holds(what: string, condition: boolean): void {
  if (!condition) throw new Differs(what);
}
