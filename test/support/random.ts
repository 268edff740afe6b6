import fc from "fast-check";

/** The most smaller values that are tried after a failure. */
const SMALLER = 400;

/** The seed and the path of an earlier run, which repeat it. */
const { TEST_SEED, TEST_PATH } = process.env;

/** The part of `TEST_PATH` after the slash: the replay path of `fc.commands`. */
export const replayPath = /\/(.+)/.exec(TEST_PATH ?? "")?.[1];

/**
 * Checks a property on `runs` random values, or on fewer once `enough` answers true. The seed is `TEST_SEED`, else `seed`, else
 * a drawn one, and is printed. A failure names the smallest failing value, and the `TEST_PATH` that runs it alone.
 */
export async function holds<T>(
  what: string,
  values: fc.Arbitrary<T>,
  { runs, enough = () => false, seed: own }: { runs: number; enough?: () => boolean; seed?: number },
  property: (value: T) => unknown,
): Promise<void> {
  const seed = TEST_SEED ? Number(TEST_SEED) : (own ?? crypto.getRandomValues(new Int32Array(1))[0] ?? 0);
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
