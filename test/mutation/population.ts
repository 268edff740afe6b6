import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commonTokens } from "@stryker-mutator/api/plugin";
import { createInstrumenter, type InstrumenterOptions } from "@stryker-mutator/instrumenter";
import { createInjector } from "typed-inject";
import { draw, type Mutant } from "../../src/dev/local/mutant-sample.ts";
import { ROOT } from "../../src/dev/local/root.ts";

const SILENT = new Proxy({}, { get: (_, name) => () => (String(name).startsWith("is") ? false : undefined) });

/** Every mutant that Stryker makes of the files of some patterns. */
export async function mutantsOf(patterns: readonly string[]): Promise<readonly Mutant[]> {
  const instrumenter = createInjector()
    .provideValue(commonTokens.logger, SILENT as never)
    .provideValue(commonTokens.getLogger, () => SILENT as never)
    .provideValue(commonTokens.options, {} as never)
    .injectFunction(createInstrumenter as never) as {
    instrument(files: object[], options: InstrumenterOptions): Promise<{ mutants: readonly Mutant[] }>;
  };
  const files = [...new Set(globSync([...patterns], { cwd: ROOT }))].sort();
  const read = files.map((file) => ({
    name: join(ROOT, file),
    content: readFileSync(join(ROOT, file), "utf8"),
    mutate: true,
  }));
  const { mutants } = await instrumenter.instrument(read, { plugins: null, excludedMutations: [], ignorers: [] });
  return mutants;
}

/** The first of all by what the seed draws for each. */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: string): readonly Mutant[] {
  return mutants
    .map((mutant) => ({ mutant, drawn: draw(seed, mutant) }))
    .sort((one, other) => one.drawn - other.drawn)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
