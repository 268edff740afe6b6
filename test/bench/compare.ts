// node test/bench/compare.ts ; env ROUNDS=6 CALLS=150 BUNDLE=
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { ratioOf, perCall, runBlock, type Block } from "./support/blocks.ts";
import { recordPlans } from "./support/plans.ts";
import { bundleOf, kinds, type Kind } from "./support/prepared.ts";
import { startMeasured } from "./support/runtime.ts";
import { openSender } from "./support/send.ts";
import { copyId } from "./support/paid-checkouts.ts";
const folder = "/tmp/prof/base";
const { publicUrl, vars, requests } = JSON.parse(readFileSync(join(folder, "saved.json"), "utf8"));
const host = new URL(publicUrl).host;
const base = JSON.parse(requests.writes.body).params.arguments.checkoutIntentId as string;
const call = (kind: Kind, number: number) => {
  if (kind !== "writes") return requests[kind];
  const body = JSON.parse(requests.writes.body);
  Object.assign(body.params.arguments, { checkoutIntentId: copyId(base, number), idempotencyKey: `w-${number}` });
  return { ...requests.writes, body: JSON.stringify(body) };
};
const rounds = Number(process.env.ROUNDS ?? 6) + 1;
const CALLS = Number(process.env.CALLS ?? 150);
const W = 50;
const copy = (name: string) => {
  const own = join("/tmp/prof", `of-${name}`);
  rmSync(own, { recursive: true, force: true });
  cpSync(join(folder, "prepared", "server"), own, { recursive: true });
  return own;
};
const plansFile = "/tmp/prof/plans.json";
if (!existsSync(plansFile)) {
  const plans = await recordPlans(
    { bundle: await bundleOf("/tmp/prof", "recorder"), vars, state: copy("recorder"), host },
    [0, 1].flatMap(() => kinds.filter((k) => k !== "writes").map((k) => call(k, 0))).concat(Array.from({ length: 1000 }, (_, n) => call("writes", n + 1))),
  );
  writeFileSync(plansFile, JSON.stringify(plans));
}
const plans = JSON.parse(readFileSync(plansFile, "utf8"));
const minify = process.env.MINIFY !== "0";
const bundles: Record<string, string> = process.env.OURS ? JSON.parse(process.env.OURS) : { ours: await buildBundle("/tmp/prof/ours", { minify }) };
const floor = existsSync("/tmp/prof/floor/worker.js") ? "/tmp/prof/floor/worker.js" : await bundleOf("/tmp/prof", "floor");
const sides: Record<string, any> = {};
for (const [name, bundle] of Object.entries(bundles)) sides[name] = await startMeasured({ bundle, state: copy(name), vars });
sides.floor = await startMeasured({ bundle: floor, state: copy("floor"), vars: { PUBLIC_URL: publicUrl, PLANS: plans, RUNS_SQL: "yes" } });
const all = Object.fromEntries(Object.entries(sides).map(([n, worker]) => [n, { worker, sender: openSender(worker.url, host, 4) }]));
const got: Record<string, Record<string, Block[]>> = {};
for (let r = 0; r < rounds; r++)
  for (const kind of kinds) {
    const n = kind === "writes" ? W : CALLS;
    const calls = Array.from({ length: n }, (_, i) => call(kind, r * W + i + 1));
    const names = Object.keys(all);
    for (const name of r % 2 ? names : names.reverse()) {
      const block = await runBlock(all[name]!, calls);
      if (r > 0) ((got[kind] ??= {})[name] ??= []).push(block);
    }
  }
for (const kind of kinds) {
  const of = got[kind]!;
  console.log(`${kind}: ${Object.keys(of).map((n) => `${n} ${perCall(of[n]!).toFixed(2)} ms${n === "floor" ? "" : ` = ${ratioOf(of[n]!, of.floor!).median.toFixed(2)} floor (${ratioOf(of[n]!, of.floor!).least.toFixed(2)}–${ratioOf(of[n]!, of.floor!).most.toFixed(2)})`}`).join(", ")}`);
}
for (const { worker, sender } of Object.values(all)) { sender.close(); await worker.stop(); }
process.exit(0);
