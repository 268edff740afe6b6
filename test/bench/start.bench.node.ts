import { join } from "node:path";
import { expect, test } from "vitest";
import { buildBundle, bundleSize } from "../../src/dev/local/bundle.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { perCall, ratioOf } from "./support/blocks.ts";
import { bundleOf } from "./support/prepared.ts";
import { startMeasured } from "./support/runtime.ts";
import { openSender } from "./support/send.ts";
import { firstCall, settingsToStart } from "./support/start.ts";

const ROUNDS = size({ ci: 3, part: 12 });
const GOAL = 1.5;

test("CPU from a start to the first answer, ours compared with the bare handler", ({ task }) =>
  inTemporaryFolder(async (folder) => {
    const sides = [
      { name: "ours", bundle: await buildBundle(join(folder, "ours")), path: "/mcp/public" },
      { name: "bare", bundle: await bundleOf(folder, "bare"), path: "/mcp" },
      { name: "empty", bundle: await bundleOf(folder, "empty"), path: "/mcp" },
    ];
    const cpu = sides.map(() => [] as { calls: number; cpuMs: number }[]);
    for (let round = 0; round < ROUNDS; round++) {
      for (const at of round % 2 === 0 ? [0, 1, 2] : [2, 1, 0]) {
        const side = sides[at];
        if (!side) continue;
        const state = join(folder, `${side.name}-${round}`);
        const worker = await startMeasured({ bundle: side.bundle, vars: settingsToStart(), state });
        const sender = openSender(worker.url, "localhost", 1);
        const { status, body } = await sender.send(firstCall(side.path));
        cpu[at]?.push({ calls: 1, cpuMs: worker.cpuMs() });
        sender.close();
        await worker.stop();
        expect({ name: side.name, status, body: status === 200 ? "" : body }).toEqual({
          name: side.name,
          status: 200,
          body: "",
        });
      }
    }
    const [ours = [], bare = [], empty = []] = cpu;
    const { overall, least, most } = ratioOf(ours, bare);
    const { bytes, gzipBytes } = bundleSize(sides[0]?.bundle ?? "");
    const bareSize = bundleSize(sides[1]?.bundle ?? "");
    tell(task, "start", {
      counts: { starts: ROUNDS * sides.length },
      values: {
        "ours ÷ bare": `${overall.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
        "ours, CPU ms": Math.round(perCall(ours)),
        "bare, CPU ms": Math.round(perCall(bare)),
        "a Worker that does nothing, CPU ms": Math.round(perCall(empty)),
        "bundle, KiB gzip": Number((gzipBytes / 1024).toFixed(1)),
        "bundle, KiB minified": Math.round(bytes / 1024),
        "bare bundle, KiB gzip": Number((bareSize.gzipBytes / 1024).toFixed(1)),
      },
      misses:
        overall > GOAL
          ? [`a start takes ${overall.toFixed(2)} times the bare handler's CPU, and the goal is ${GOAL}`]
          : [],
    });
  }));
