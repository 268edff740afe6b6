import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { freePort } from "../../src/dev/local/ports.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { openInspector } from "./support/inspector.ts";
import { foldedStacks, millisecondsByPackage, modulesOf } from "./support/modules.ts";
import { kinds, prepare } from "./support/prepared.ts";
import { startMeasured, WORKER } from "./support/runtime.ts";
import { atOnce, openSender } from "./support/send.ts";

const FOLDER = join(import.meta.dirname, "profiles");
const WARM_UP = size({ ci: 60, part: 600 });
const CALLS = size({ ci: 60, part: 600 });
const SHOWN = 12;

test("where the CPU of a call goes", ({ task }) =>
  inTemporaryFolder(async (folder) => {
    // Not minified, so that functions and modules have their names.
    const bundle = await buildBundle(join(folder, "ours"), { minify: false });
    const modules = modulesOf(readFileSync(bundle, "utf8"));
    const { publicUrl, vars, call, copy } = await prepare(folder, { bundle, writes: WARM_UP + CALLS });
    const inspectorPort = await freePort();
    const worker = await startMeasured({ bundle, vars, state: copy("of-ours"), inspectorPort });
    const sender = openSender(worker.url, new URL(publicUrl).host, 1);
    const inspector = await openInspector(inspectorPort, WORKER);
    mkdirSync(FOLDER, { recursive: true });
    try {
      const byPackage = new Map<string, number[]>();
      const total: number[] = [];
      for (const [at, kind] of kinds.entries()) {
        const send = (from: number, many: number) =>
          atOnce(
            Array.from({ length: many }, (_, number) => call(kind, from + number)),
            1,
            sender.send,
          );
        await send(0, WARM_UP);
        const profile = await inspector.profile(async () => {
          const answers = await send(WARM_UP, CALLS);
          expect(answers.filter(({ status, body }) => status !== 200 || body.includes('"isError":true'))).toEqual([]);
        });
        writeFileSync(join(FOLDER, `${kind.replaceAll(" ", "-")}.folded.txt`), foldedStacks(profile, modules, CALLS));
        for (const [name, ms] of millisecondsByPackage(profile, modules)) {
          const row = byPackage.get(name) ?? kinds.map(() => 0);
          row[at] = ms / CALLS;
          byPackage.set(name, row);
          total[at] = (total[at] ?? 0) + ms / CALLS;
        }
      }
      expect(total.every((ms) => ms > 0)).toBe(true);
      const most = (row: readonly number[]) => Math.max(...row);
      const rows = [...byPackage].sort(([, one], [, other]) => most(other) - most(one)).slice(0, SHOWN);
      tell(task, "profile", {
        counts: { "profiled calls": CALLS * kinds.length },
        values: Object.fromEntries(
          kinds.map((kind, at) => [`ms, a client ${kind}`, Number((total[at] ?? 0).toFixed(2))]),
        ),
        tables: {
          "CPU of a call by package, in milliseconds of our isolate: D1 and KV are apart": {
            columns: ["package", ...kinds.map((kind) => `a client ${kind}`)],
            rows: rows.map(([name, row]) => [name, ...row.map((ms) => ms.toFixed(3))]),
          },
        },
      });
    } finally {
      inspector.close();
      sender.close();
      await worker.stop();
    }
  }));
