import { isDeepStrictEqual } from "node:util";

/** The product did not do what a step expects. */
export class Differs extends Error {}

/** Throws unless both are deeply equal. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Differs(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

/** Throws `failure` unless the condition holds. */
export function holds(failure: string, condition: boolean): void {
  if (!condition) throw new Differs(failure);
}
