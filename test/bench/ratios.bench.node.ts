import { join } from "node:path";
import { expect, test } from "vitest";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { tell } from "../support/tell.ts";
import { kinds } from "./support/prepared.ts";
import { ratioFigures } from "./support/ratio-figures.ts";
import { measureRatios, SIDES } from "./support/ratios.ts";

test("CPU of each call, ours compared with the bare handler and with the floor", ({ task }) =>
  inTemporaryFolder(async (folder) => {
    const measured = await measureRatios(folder, await buildBundle(join(folder, "ours")));
    // A block throws when an answer in it is no success.
    const counts = kinds.flatMap((kind) => SIDES.map((side) => measured[kind][side].length));
    expect(new Set(counts).size).toBe(1);
    tell(task, "ratios", ratioFigures(measured));
  }));
