import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildBundle, bundleSize } from "../../src/dev/local/bundle.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { freePort } from "../../src/dev/local/ports.ts";
import { tell } from "../support/tell.ts";
import { openInspector } from "./support/inspector.ts";
import { millisecondsByPackage, modulesOf } from "./support/modules.ts";
import { startMeasured, startsLate, WORKER } from "./support/runtime.ts";
import { openSender } from "./support/send.ts";
import { firstCall, settingsToStart } from "./support/start.ts";
import { packageWeights } from "./support/weights.ts";

const SHOWN = 25;

test("what each dependency weighs, and what it costs at the start", ({ task }) =>
  inTemporaryFolder(async (folder) => {
    const minified = await buildBundle(join(folder, "minified"));
    const named = await buildBundle(join(folder, "named"), { minify: false });
    const text = readFileSync(named, "utf8");
    const modules = modulesOf(text);
    const weights = await packageWeights(text, modules);
    const inspectorPort = await freePort();
    const worker = await startMeasured({
      bundle: startsLate(named),
      beside: [named],
      vars: settingsToStart(),
      state: join(folder, "state"),
      inspectorPort,
    });
    const sender = openSender(worker.url, "localhost", 1);
    const inspector = await openInspector(inspectorPort, WORKER);
    try {
      let status = 0;
      const profile = await inspector.profile(async () => {
        status = (await sender.send(firstCall("/mcp/public"))).status;
      });
      expect(status).toBe(200);
      const cost = millisecondsByPackage(profile, modules);
      const names = [...new Set([...weights.keys(), ...cost.keys()])];
      const rows = names
        .map((name) => ({ name, weight: weights.get(name), ms: cost.get(name) ?? 0 }))
        .sort((one, other) => (other.weight?.gzipBytes ?? 0) - (one.weight?.gzipBytes ?? 0));
      const total = rows.reduce((sum, { ms }) => sum + ms, 0);
      expect(total).toBeGreaterThan(0);
      const kib = (bytes = 0) => (bytes / 1024).toFixed(1);
      tell(task, "weights", {
        values: {
          "bundle, KiB gzip": Number((bundleSize(minified).gzipBytes / 1024).toFixed(1)),
          "JavaScript of a start, ms": Number(total.toFixed(1)),
          packages: weights.size,
        },
        tables: {
          "What a package or a folder of ours weighs, each on its own, and its CPU from the start to the first answer":
            {
              columns: ["package or folder", "KiB minified", "KiB gzip", "ms"],
              rows: rows
                .slice(0, SHOWN)
                .map(({ name, weight, ms }) => [name, kib(weight?.bytes), kib(weight?.gzipBytes), ms.toFixed(1)]),
            },
        },
      });
    } finally {
      inspector.close();
      sender.close();
      await worker.stop();
    }
  }));
