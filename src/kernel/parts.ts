import type { BusinessPart } from "../db/schema/vocabulary.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";

/** The parts that a business uses. */
export type Parts = ReadonlySet<BusinessPart>;

/** Words for a model; a function where they name something that not every business has. */
export type Worded = string | ((parts: Parts) => string);

/** The words that this business needs. */
export const wordsFor = (words: Worded, parts: Parts): string => (typeof words === "string" ? words : words(parts));

/** What is there: all that belongs to no part, or to one that the business uses. */
export function usedOf<Declared extends { readonly part?: BusinessPart }>(
  declared: readonly Declared[],
  parts: Parts,
): readonly Declared[] {
  return declared.filter(({ part }) => part === undefined || parts.has(part));
}

/** The writes that are there, each without the arguments of unused parts: such an argument is refused as an unknown one. */
export function usedWrites(declared: readonly ConfirmedWrite[], parts: Parts): readonly ConfirmedWrite[] {
  return usedOf(declared, parts).map((write) => {
    const { argumentParts = {}, input } = write;
    const unused = Object.keys(argumentParts).filter((name) => !parts.has(argumentParts[name] as BusinessPart));
    return unused.length === 0
      ? write
      : { ...write, input: input.omit(Object.fromEntries(unused.map((name) => [name, true]))) };
  });
}
