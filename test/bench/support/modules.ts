import type { CpuProfile, ProfileNode } from "./inspector.ts";

/** The comment that the bundler writes above the code of each module, where it does not minify. */
const HEADING = /^\/\/ ((?:\.\.\/|node_modules\/|src\/|tools\/|resources\/|test\/|seeds\/|[a-z-]+:)\S*|package\.json)$/;

/** Names that the profiler gives to time outside functions: the runtime waits, or works without JavaScript. */
const OUTSIDE = new Set(["(root)", "(idle)", "(program)"]);
/** A stack that takes less of a call is left out of a graph. */
const LEAST_US = 3;

/** The modules of an unminified bundle, by line. */
export function modulesOf(bundle: string): readonly string[] {
  let module = "of the bundler";
  return bundle.split("\n").map((line) => {
    module = HEADING.exec(line)?.[1] ?? module;
    return module;
  });
}

/** The package of a module; the folder, for a module of ours. */
export function packageOf(module: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(module) ?? [];
  if (name) return name;
  const [first = "", second] = module.split("/");
  if (first === "src" && second) return `src/${second.replace(/\.\w+$/, "")}`;
  return first;
}

/** The module of a function. One of the runtime itself, such as the binding of D1, has a URL of its own scheme. */
const moduleOf = ({ url, lineNumber }: ProfileNode["callFrame"], modules: readonly string[]): string =>
  /^[a-z]+-internal:/.test(url) ? url : (modules[lineNumber] ?? "?");

/** A node of a profile, as a flame graph shows it. */
const labelOf = ({ callFrame }: ProfileNode, modules: readonly string[]): string => {
  const { functionName, url } = callFrame;
  if (url === "") return functionName || "(native)";
  const module = moduleOf(callFrame, modules).replace(/^.*node_modules\//, "");
  return `${functionName || "(anonymous)"} ${module}`.replaceAll(";", ",");
};

/** Microseconds that each node took itself. */
function ownTimes({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const own = new Map<number, number>();
  // A delta stands before its sample: the time is of the sample before it.
  for (const [at, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[at + 1] ?? 0));
  return own;
}

/** Visits every node with the labels of its callers and its own time, idle time left out. */
function visit(
  profile: CpuProfile,
  seen: (node: ProfileNode, callers: readonly ProfileNode[], ownUs: number) => void,
): void {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const own = ownTimes(profile);
  const walk = (node: ProfileNode, callers: readonly ProfileNode[]) => {
    if (!OUTSIDE.has(node.callFrame.functionName)) seen(node, callers, own.get(node.id) ?? 0);
    const below = OUTSIDE.has(node.callFrame.functionName) ? callers : [...callers, node];
    for (const id of node.children ?? []) {
      const child = nodes.get(id);
      if (child) walk(child, below);
    }
  };
  const [root] = profile.nodes;
  if (root) walk(root, []);
}

/** Folded stacks, the text that every maker of flame graphs reads: callers, callee, microseconds a call. */
export function foldedStacks(profile: CpuProfile, modules: readonly string[], calls: number): string {
  const stacks = new Map<string, number>();
  visit(profile, (node, callers, ownUs) => {
    const stack = [...callers, node].map((one) => labelOf(one, modules)).join(";");
    stacks.set(stack, (stacks.get(stack) ?? 0) + ownUs);
  });
  return [...stacks]
    .map(([stack, us]) => [stack, Math.round(us / calls)] as const)
    .filter(([, us]) => us >= LEAST_US)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([stack, us]) => `${stack} ${us}\n`)
    .join("");
}

/**
 * Milliseconds by package. Time of the engine itself, as for JSON and collecting garbage, counts for the package that called
 * it; without a caller it stands under the engine's name for it.
 */
export function millisecondsByPackage(profile: CpuProfile, modules: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  visit(profile, (node, callers, ownUs) => {
    const of = [node, ...[...callers].reverse()].find(({ callFrame }) => callFrame.url !== "");
    const name = of ? packageOf(moduleOf(of.callFrame, modules)) : node.callFrame.functionName || "(native)";
    found.set(name, (found.get(name) ?? 0) + ownUs / 1000);
  });
  return found;
}
