import { join } from "node:path";
import { test } from "vitest";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { measureRatios } from "./support/ratios.ts";

test("CPU of each call, beside a bare handler and beside the floor", () =>
  inTemporaryFolder(async (folder) => {
    const bundle = await buildBundle(join(folder, "ours"));
    const figures = await measureRatios(folder, bundle);
    console.log(figures);
  }));
