import { join } from "node:path";
import { expect, test } from "vitest";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { persistFolder, SANDBOX_FOLDER } from "../../src/dev/local/databases.ts";
import { inTemporaryFolder } from "../../src/dev/local/in-temporary-folder.ts";
import { freePort } from "../../src/dev/local/ports.ts";
import { startOne } from "../../src/dev/local/start-worker.ts";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { openInspector } from "./support/inspector.ts";
import { mixedLoad, type Outcome, page, percentile, plannedLoad, rowsOf, runLoad } from "./support/load.ts";
import { recordPlans } from "./support/plans.ts";
import { bundleOf, kinds, prepare } from "./support/prepared.ts";
import { startMeasured, WORKER } from "./support/runtime.ts";
import { openSender } from "./support/send.ts";

/** How many requests are open at once, one number after the other. */
const AT_ONCE = [1, 4, 16, 64];
/** Requests of each step that the floor answers too. */
const PLANNED = size({ ci: 40, part: 400 });
/** Rounds of mixed requests of each step. */
const MIXED = size({ ci: 4, part: 34 });
/** So many rounds follow ten times, and after each time the memory that the isolate holds is measured. */
const STEADY = size({ ci: 1, part: 15 });
const STEADY_AT_ONCE = 16;
/** Memory counts as flat below this growth, from the median of the first three to that of the last three. */
const MOST_GROWTH = 1.05;
/** Rounds that the process is warmed up with. */
const WARM_UP = size({ ci: 2, part: 20 });

test("a mixed load from 1 to 64 at once", ({ task }) =>
  inTemporaryFolder(async (folder) => {
    const bundle = await buildBundle(join(folder, "ours"));
    const planned = (PLANNED / kinds.length) * AT_ONCE.length;
    const writes = planned + MIXED * AT_ONCE.length + 10 * STEADY + WARM_UP;
    const prepared = await prepare(folder, { bundle, writes });
    const { publicUrl, vars, call, copy } = prepared;
    const host = new URL(publicUrl).host;
    const plans = await recordPlans(
      { bundle: await bundleOf(folder, "recorder"), vars, state: copy("of-recorder"), host },
      [
        ...kinds.filter((kind) => kind !== "writes").map((kind) => call(kind, 0)),
        ...Array.from({ length: planned }, (_, number) => call("writes", number)),
      ],
    );
    const sandboxPort = await freePort();
    const sandboxUrl = `http://localhost:${sandboxPort}`;
    const sandbox = await startOne({
      name: "The Stripe sandbox",
      config: join(SANDBOX_FOLDER, "wrangler.toml"),
      vars: {
        PUBLIC_URL: sandboxUrl,
        SECRET_KEYS: vars.STRIPE_SECRET_KEY_SANDBOX ?? "",
        WEBHOOK_URL: `${publicUrl}/api/stripe/webhook`,
        WEBHOOK_SECRET: vars.STRIPE_WEBHOOK_SECRET_SANDBOX ?? "",
        DELIVERY: "manual",
      },
      port: sandboxPort,
      persist: persistFolder(join(folder, "prepared"), "sandbox"),
      registry: join(folder, "registry"),
      watch: false,
    });
    const floor = await startMeasured({
      bundle: await bundleOf(folder, "floor"),
      state: copy("of-floor"),
      vars: { PUBLIC_URL: publicUrl, PLANS: plans, RUNS_SQL: "yes" },
    });
    const inspectorPort = await freePort();
    const ours = await startMeasured({
      bundle,
      state: copy("of-ours"),
      vars: { ...vars, STRIPE_API_BASE_URL: sandboxUrl },
      inspectorPort,
    });
    const senders = { ours: openSender(ours.url, host, 64), floor: openSender(floor.url, host, 64) };
    try {
      const [delivery] = await sandboxClient((path, init) => fetch(sandboxUrl + path, init)).deliveries();
      const read = await senders.ours.send(call("reads an offer", 0));
      const { result } = JSON.parse(read.body) as { result: { contents: { text: string }[] } };
      const offer = JSON.parse(result.contents[0]?.text ?? "") as { confirmationText: string; updatedAt: string };
      const mixture = {
        prepared,
        offer,
        event: delivery?.body ?? "",
        secret: vars.STRIPE_WEBHOOK_SECRET_SANDBOX ?? "",
      };
      const used = { writes: new Set<string>(), events: new Set<string>() };
      const outcomes: Outcome[] = [];
      const ofFloor: Outcome[] = [];
      const rows: (string | number)[][] = [];
      let nextWrite = planned;
      const mix = async (rounds: number, atOnce: number) => {
        const load = await mixedLoad(mixture, rounds, nextWrite, used);
        nextWrite += rounds;
        const begun = performance.now();
        const ran = await runLoad(senders.ours, load, atOnce);
        const seconds = (performance.now() - begun) / 1000;
        expect(ran).toHaveLength(load.length);
        outcomes.push(...ran);
        return { ran, seconds };
      };
      await mix(WARM_UP, 4);
      for (const [step, many] of AT_ONCE.entries()) {
        const load = plannedLoad(prepared, PLANNED, (step * PLANNED) / kinds.length);
        const compared: Record<string, { seconds: number; ms: number[] }> = {};
        for (const side of step % 2 === 0 ? (["ours", "floor"] as const) : (["floor", "ours"] as const)) {
          const begun = performance.now();
          const ran = await runLoad(senders[side], load, many);
          compared[side] = { seconds: (performance.now() - begun) / 1000, ms: ran.map(({ ms }) => ms) };
          (side === "ours" ? outcomes : ofFloor).push(...ran);
        }
        const mixed = await mix(MIXED, many);
        const ratioAt = (percent: number) =>
          (percentile(compared.ours?.ms ?? [], percent) / percentile(compared.floor?.ms ?? [], percent)).toFixed(2);
        const mixedMs = mixed.ran.map(({ ms }) => ms);
        rows.push([
          String(many),
          ((compared.floor?.seconds ?? 0) / (compared.ours?.seconds ?? 1)).toFixed(2),
          ratioAt(50),
          ratioAt(95),
          ratioAt(99),
          Math.round(mixed.ran.length / mixed.seconds),
          [50, 95, 99].map((percent) => Math.round(percentile(mixedMs, percent))).join(", "),
        ]);
        console.log(rows.at(-1)?.join(" | "));
      }
      const held: number[] = [];
      const resident: number[] = [];
      for (let time = 0; time < 10; time++) {
        await mix(STEADY, STEADY_AT_ONCE);
        const inspector = await openInspector(inspectorPort, WORKER);
        resident.push(ours.residentMiB());
        held.push(await inspector.heldMiB(() => senders.ours.send(page("/"))));
        inspector.close();
      }
      const unexpected = [...outcomes, ...ofFloor].filter(({ expected }) => !expected);
      expect(unexpected.slice(0, 5)).toEqual([]);
      const each = await rowsOf(ours, used);
      expect(each).toEqual({
        operations: { rows: used.writes.size, distinct: used.writes.size },
        decisions: { rows: used.writes.size, distinct: used.writes.size },
        events: { rows: used.events.size, distinct: used.events.size },
      });
      const [first = 0, last = 0] = [held.slice(0, 3), held.slice(-3)].map((three) => percentile(three, 50));
      const count = (answer: string) => outcomes.filter((one) => one.answer === answer).length;
      tell(task, "load", {
        counts: {
          requests: outcomes.length,
          "requests to the floor": ofFloor.length,
          "writes settled once": used.writes.size,
          "events recorded once": used.events.size,
          "refused as declared: confirmation_mismatch": count("confirmation_mismatch"),
          "refused as declared: ineligible_state": count("ineligible_state"),
          "refused as declared: rate_limited": count("rate_limited"),
          "refused as declared: operation_in_progress": count("operation_in_progress"),
        },
        worst: { "lost or refused otherwise": unexpected.length },
        values: {
          "held by the isolate after each tenth of the last requests, MiB": held.map((one) => one.toFixed(1)).join(" "),
          "resident in its process, with D1 and KV and with garbage, MiB": resident.map(Math.round).join(" "),
        },
        misses:
          last > first * MOST_GROWTH
            ? [`what the isolate holds grew from ${first.toFixed(1)} to ${last.toFixed(1)} MiB`]
            : [],
        tables: {
          "The same four calls to ours and to the floor, and a mixed load to ours": {
            columns: [
              "at once",
              "throughput, ours ÷ floor",
              "p50, ours ÷ floor",
              "p95",
              "p99",
              "mixed, requests a second",
              "mixed, ms at p50, p95, p99",
            ],
            rows,
          },
        },
      });
    } finally {
      for (const sender of Object.values(senders)) sender.close();
      await Promise.all([ours.stop(), floor.stop(), sandbox.stop()]);
    }
  }));
