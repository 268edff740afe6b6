import { readFileSync } from "node:fs";
const [file = "", bundle = "/tmp/prof/bundle/worker.js", calls = "400", depth = "0"] = process.argv.slice(2);
const lines = readFileSync(bundle, "utf8").split("\n");
const moduleAt: string[] = []; let current = "?";
for (const [i, l] of lines.entries()) { const m = /^\/\/ ((?:node_modules|src|tools|resources|\.\.|[a-z-]+:)\S*)$/.exec(l); if (m) current = m[1]!; moduleAt[i] = current; }
const short = (m: string) => /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(m)?.[1] ?? m;
const p = JSON.parse(readFileSync(file, "utf8"));
const byId = new Map<number, any>(p.nodes.map((x: any) => [x.id, x]));
const self = new Map<number, number>();
p.samples.forEach((s: number, i: number) => self.set(s, (self.get(s) ?? 0) + (p.timeDeltas[i] ?? 0)));
const by = new Map<string, number>();
const where = (x: any) => { const { url, lineNumber, functionName } = x.callFrame; if (!url) return functionName.startsWith("(") ? functionName : ""; if (url.includes("worker.js")) return short(moduleAt[lineNumber] ?? "?"); return url.replace(/^.*\//, ""); };
// natives are charged to their caller
const walk = (x: any, parent: string, stack: string[]) => { const w = where(x); const at = w === "" ? parent : w; by.set(at, (by.get(at) ?? 0) + (self.get(x.id) ?? 0)); for (const c of x.children ?? []) walk(byId.get(c), at, stack); };
walk(p.nodes[0], "(root)", []);
let total = 0; for (const [k, v] of by) if (!/^\((idle|program|root)/.test(k)) total += v;
console.log(`total ${(total / +calls).toFixed(0)} µs`);
for (const [k, v] of [...by].sort((a, b) => b[1] - a[1]).slice(0, 45)) console.log(`${(v / +calls).toFixed(0).padStart(6)} µs ${(100 * v / total).toFixed(1).padStart(5)} %  ${k}`);
