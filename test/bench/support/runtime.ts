import "../../../src/dev/local/quiet.ts";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { limitBindings } from "../../../src/base/bounds.ts";
import { ROOT } from "../../../src/dev/local/root.ts";
import { childrenNamed, cpuMs, residentMiB } from "./process.ts";

/** The local runtime as far as it is used here. */
interface Runtime {
  readonly ready: Promise<URL>;
  unsafeGetDirectURL(worker: string): Promise<URL>;
  getD1Database(binding: string): Promise<D1Database>;
  dispose(): Promise<void>;
}

/** The runtime that wrangler itself runs Workers on, in the version that it brings. */
const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = createRequire(
  join(ROOT, "node_modules/wrangler/package.json"),
)("miniflare") as {
  readonly Miniflare: new (options: object) => Runtime;
  readonly convertV4MiniflareOptions: (options: object) => object;
  readonly Log: new (level: number) => object;
  readonly LogLevel: { readonly ERROR: number };
};

/** What a Worker is started with. */
export interface StartOptions {
  /** The bundle, of one module. */
  readonly bundle: string;
  /** Modules that it imports, in its folder. */
  readonly beside?: readonly string[];
  readonly vars?: Readonly<Record<string, unknown>>;
  /** The folder of its databases. */
  readonly state: string;
  /** The port of the runtime's inspector. */
  readonly inspectorPort?: number;
}

/** A Worker that runs in a `workerd` of its own. */
export interface MeasuredWorker {
  /** Where the Worker itself listens: nothing is between it and its caller. */
  readonly url: URL;
  readonly db: Promise<D1Database>;
  /** CPU milliseconds that its process has used, in user and system. The clock of the kernel ticks at 10 ms. */
  cpuMs(): number;
  /** Resident memory of its process. */
  residentMiB(): number;
  stop(): Promise<void>;
}

/** The name of a measured Worker, as the inspector shows it. */
export const WORKER = "measured";
const wide = (name: string) => [name, { namespace_id: name, simple: { limit: 1_000_000_000, period: 60 } }];

/** Starts follow one another, so that each knows the process that it added. */
let starting: Promise<unknown> = Promise.resolve();

/** Starts a Worker with the bindings of wrangler.toml. Its D1, KV and R2 run in the same `workerd`, as the runtime has them. */
export function startMeasured(options: StartOptions): Promise<MeasuredWorker> {
  const started = starting.then(() => startNow(options));
  starting = started.catch(() => undefined);
  return started;
}

async function startNow({
  bundle,
  beside = [],
  vars = {},
  state,
  inspectorPort,
}: StartOptions): Promise<MeasuredWorker> {
  const { workerOptions } = workerOptionsOf(join(ROOT, "wrangler.toml"));
  const before = new Set(childrenNamed("workerd"));
  const options = convertV4MiniflareOptions({
    ...workerOptions,
    name: WORKER,
    modules: [bundle, ...beside].map((path) => ({ type: "ESModule", path })),
    modulesRoot: dirname(bundle),
    bindings: { ...(workerOptions.bindings as Record<string, unknown>), ...vars },
    // No bound of a minute refuses.
    ratelimits: Object.fromEntries(limitBindings.map(wide)),
    resourcePersistencePath: join(state, "v3"),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    ...(inspectorPort !== undefined && { inspectorPort }),
    handleStructuredLogs: () => undefined,
    cf: false,
    log: new Log(LogLevel.ERROR),
  });
  const runtime = new Miniflare(options);
  await runtime.ready;
  const [pid, ...others] = childrenNamed("workerd").filter((one) => !before.has(one));
  if (pid === undefined || others.length > 0) {
    await runtime.dispose();
    throw new Error(`a start added ${others.length + (pid === undefined ? 0 : 1)} processes, and not one`);
  }
  return {
    url: await runtime.unsafeGetDirectURL(WORKER),
    get db() {
      return runtime.getD1Database("DB");
    },
    cpuMs: () => cpuMs(pid),
    residentMiB: () => residentMiB(pid),
    stop: () => runtime.dispose(),
  };
}

/** Writes a Worker that evaluates a bundle at its first request, so that a profile can begin before. */
export function startsLate(bundle: string): string {
  const path = join(dirname(bundle), "late.js");
  const text = `export default {
  async fetch(request, bindings, execution) {
    const { default: worker } = await import("./${basename(bundle)}");
    return worker.fetch(request, bindings, execution);
  },
};
`;
  writeFileSync(path, text);
  return path;
}
