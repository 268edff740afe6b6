// usage: node test/bench/prof.ts [kind...]   env: BUILD=minify CALLS=300 PROFILE=1
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundle } from "../../src/dev/local/bundle.ts";
import { freePort } from "../../src/dev/local/ports.ts";
import { kinds, prepare, type Kind } from "./support/prepared.ts";
import { startMeasured } from "./support/runtime.ts";
import { atOnce, openSender } from "./support/send.ts";
import { copyId } from "./support/paid-checkouts.ts";

const folder = "/tmp/prof/base";
const saved = join(folder, "saved.json");
const calls = Number(process.env.CALLS ?? 300);
const WRITES = 1500;
if (!existsSync(saved)) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const bundle = await buildBundle(join(folder, "first"));
  const p = await prepare(folder, { bundle, writes: WRITES });
  writeFileSync(saved, JSON.stringify({ publicUrl: p.publicUrl, vars: p.vars, requests: Object.fromEntries(kinds.map((k) => [k, p.call(k, 0)])), one: p.call("writes", 1) }));
}
const { publicUrl, vars, requests } = JSON.parse(readFileSync(saved, "utf8"));
const state = "/tmp/prof/state";
rmSync(state, { recursive: true, force: true });
cpSync(join(folder, "prepared", "server"), state, { recursive: true });
const base = JSON.parse(requests.writes.body).params.arguments.checkoutIntentId as string;
let number = 0;
const call = (kind: Kind) => {
  if (kind !== "writes") return requests[kind];
  number++;
  const r = requests.writes;
  const body = JSON.parse(r.body);
  Object.assign(body.params.arguments, { checkoutIntentId: copyId(base, number), idempotencyKey: `w-${number}` });
  return { ...r, body: JSON.stringify(body) };
};
requests["public offer"] = (() => {
  const r = requests["reads an offer"];
  const { authorization, Authorization, ...headers } = r.headers;
  return { ...r, headers, path: "/mcp/public" };
})();
const minify = process.env.BUILD === "minify";
const out = `/tmp/prof/bundle`;
if (!process.env.BUNDLE) rmSync(out, { recursive: true, force: true });
const bundle = process.env.BUNDLE ?? (await buildBundle(out, { minify }));
const inspectorPort = await freePort();
const profile = process.env.PROFILE !== "0";
const worker = await startMeasured({ bundle, vars, state, ...(profile && { inspectorPort }) });
const sender = openSender(worker.url, new URL(publicUrl).host, 4);
let send: ((m: string, p?: object) => Promise<any>) | undefined;
let ws: WebSocket | undefined;
if (profile) {
  const list = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()) as any[];
  const target = list.find((one) => !/ours-not/.test(one.id) && one.title?.includes("measured")) ?? list[0];
  ws = new WebSocket(target.webSocketDebuggerUrl ?? `ws://127.0.0.1:${inspectorPort}/${target.id}`);
  await new Promise((ok, no) => { ws!.onopen = ok; ws!.onerror = no; });
  let id = 0;
  const waiting = new Map<number, (v: any) => void>();
  ws.onmessage = (e) => { const m = JSON.parse(String(e.data)); waiting.get(m.id)?.(m.result ?? m.error); };
  send = (method, params = {}) => new Promise((ok) => { const n = ++id; waiting.set(n, ok); ws!.send(JSON.stringify({ id: n, method, params })); });
  await send("Profiler.enable");
  await send("Profiler.setSamplingInterval", { interval: 100 });
}
const wanted = (process.argv.slice(2).length ? process.argv.slice(2) : [...kinds, "public offer"]) as Kind[];
for (const kind of wanted) {
  const run = async (n: number) => {
    const answers = await atOnce(Array.from({ length: n }, () => call(kind)), 4, sender.send);
    const bad = answers.find(({ status, body }) => status !== 200 || body.includes('"isError":true'));
    if (bad) throw new Error(`${JSON.stringify(bad.headers)} ${kind}: ${bad.status} ${bad.body.slice(0, 400)}`);
    return answers[0]!;
  };
  await run(Number(process.env.WARM ?? 150));
  if (send) await send("Profiler.start");
  const before = worker.cpuMs();
  await run(calls);
  const cpu = (worker.cpuMs() - before) / calls;
  console.log(`\n## ${kind}: ${cpu.toFixed(2)} ms CPU a call`);
  if (!send) continue;
  const { profile: p } = await send("Profiler.stop");
  writeFileSync(`/tmp/prof/${kind.replaceAll(" ", "-")}${process.env.LABEL ? "." + process.env.LABEL : ""}.cpuprofile`, JSON.stringify(p));
  report(p, calls);
}
ws?.close();
sender.close();
await worker.stop();
process.exit(0);

function report(p: any, n: number) {
  const byId = new Map<number, any>(p.nodes.map((x: any) => [x.id, x]));
  const self = new Map<number, number>();
  p.samples.forEach((s: number, i: number) => self.set(s, (self.get(s) ?? 0) + (p.timeDeltas[i] ?? 0)));
  const selfBy = new Map<string, number>();
  const totalBy = new Map<string, number>();
  const name = (x: any) => `${x.callFrame.functionName || "(anon)"}:${x.callFrame.url.split("/").at(-1)}:${x.callFrame.lineNumber + 1}`;
  let all = 0;
  const walk = (x: any, path: Set<string>): void => {
    const t = self.get(x.id) ?? 0;
    const k = name(x);
    const idle = false;
    if (!k.startsWith("(idle)") && !k.startsWith("(program)")) all += t;
    selfBy.set(k, (selfBy.get(k) ?? 0) + t);
    const here = new Set(path).add(k);
    for (const one of here) totalBy.set(one, (totalBy.get(one) ?? 0) + t);
    for (const c of x.children ?? []) walk(byId.get(c), here);
    void idle;
  };
  walk(p.nodes[0], new Set());
  const show = (m: Map<string, number>, many: number) =>
    [...m].sort((a, b) => b[1] - a[1]).slice(0, many).map(([k, t]) => `${(t / n).toFixed(0).padStart(6)} µs  ${k}`).join("\n");
  console.log(`JS in all: ${(all / n).toFixed(0)} µs a call\nself:\n${show(selfBy, 25)}\ntotal:\n${show(totalBy, 70)}`);
}
