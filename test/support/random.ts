import fc from "fast-check";

/** How many smaller values are tried once one has failed. */
const SMALLER = 400;

/** What a run's environment gives to run it again. */
const { TEST_SEED, TEST_PATH } = process.env;

/** Of `TEST_PATH`, the part behind the slash: which commands of a list were run. */
export const replayPath = /\/(.+)/.exec(TEST_PATH ?? "")?.[1];

/**
 * Holds what must be true of `runs` random values, or of as many as it takes until `enough`. The run prints its
 * `TEST_SEED`; a failure tells the smallest value that fails, and the `TEST_PATH` that leads to it alone.
 */
export async function holds<T>(
  what: string,
  values: fc.Arbitrary<T>,
  { runs, enough = () => false }: { runs: number; enough?: () => boolean },
  property: (value: T) => unknown,
): Promise<void> {
  const seed = TEST_SEED ? Number(TEST_SEED) : (crypto.getRandomValues(new Int32Array(1))[0] ?? 0);
  console.info(`${what}: TEST_SEED=${seed}`);
  let failed = false;
  const tried = fc.asyncProperty(fc.limitShrink(values, SMALLER), async (value) => {
    if (enough() && !failed) return;
    try {
      await property(value);
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  const { failed: fails, ...run } = await fc.check(tried, {
    seed,
    path: TEST_PATH?.split("/")[0] ?? "",
    numRuns: runs,
    unbiased: true,
  });
  if (!fails) return;
  const report = (await fc.asyncDefaultReportMessage({ failed: fails, ...run } as fc.RunDetails<[T]>)) ?? "";
  const commands = /replayPath="([^"]+)"/.exec(report)?.[1];
  const path = [run.counterexamplePath, ...(commands ? [commands] : [])].join("/");
  throw new Error(`${what}: run again with TEST_SEED=${seed} TEST_PATH=${path}\n${report}`, {
    cause: run.errorInstance,
  });
}
