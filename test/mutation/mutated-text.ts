import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import type { Mutant } from "../../src/dev/local/mutant-sample.ts";

/** The mutants that stand for no expression, or for one that takes no brackets. */
const isBare = ({ mutatorName, replacement }: Mutant) =>
  mutatorName === "BlockStatement" || mutatorName === "StringLiteral" || /^(?:;$|case |default:)/.test(replacement);

/** The text of a mutant's file with the mutant in its place. Throws where that is no program. */
export function mutatedText(mutant: Mutant): string {
  const text = readFileSync(mutant.fileName, "utf8");
  const lines = text.split("\n");
  const offset = ({ line, column }: { line: number; column: number }) =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + column;
  const { start, end } = mutant.location;
  // An expression keeps its place whatever stands beside it.
  const put = isBare(mutant) ? mutant.replacement : `(${mutant.replacement})`;
  const mutated = text.slice(0, offset(start)) + put + text.slice(offset(end));
  transformSync(mutated, { loader: "ts" });
  return mutated;
}
