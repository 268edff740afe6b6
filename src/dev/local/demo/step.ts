import { isDeepStrictEqual } from "node:util";
import type { Stage } from "./stage.ts";

/** One thing that happens in the story. */
export interface Step {
  /** Kebab-case; names the step in the JSON output. */
  readonly id: string;
  /** What happens, as a sentence. */
  readonly title: string;
  /** Does it, throws a `Differs` where the product does something else, and answers lines for the transcript. */
  play(stage: Stage): Promise<readonly string[]>;
}

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
