import type { Defect } from "./defect.ts";
import { reliability } from "./reliability.ts";
import { security } from "./security.ts";

/** The mistakes that are put in, one or more for each promise. */
export const DEFECTS: readonly Defect[] = [...reliability, ...security];

/** Lines whose test notices no mistake in the product, with the reason. */
export const WITHOUT_DEFECT: Readonly<Record<string, string>> = {
  P15: "its tests read the tests and the machine, where the product is the same",
  S9: "it puts in a mistake for each mutant by itself",
  S12: "it is this line",
};
