import type { Defect } from "./defect.ts";
import { reliability } from "./reliability.ts";
import { security } from "./security.ts";

/** The mistakes that are put in. */
export const DEFECTS: readonly Defect[] = [...reliability, ...security];

/** Lines for which no mistake is put in, with the reason. */
export const WITHOUT_DEFECT: Readonly<Record<string, string>> = {
  P15: "it runs the suite on a busy machine; the product is the same",
  S9: "each of its mutants is a mistake of its own",
  S12: "it is the line that puts mistakes in",
  M: "its models state promises that have their own lines, each with a mistake",
  J1: "the judge is a program of others",
  J2: "the judge is a program of others",
  J3: "the clients are programs of others",
  J4: "the test of the line itself gives the linter a wrong document",
};
