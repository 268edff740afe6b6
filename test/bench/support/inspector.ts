/** A CPU profile as the inspector gives it (`Profiler.Profile` of the DevTools protocol), as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

const SAMPLE_EVERY_US = 200;

/** Opens the inspector of a Worker that was started with `inspectorPort`. */
export async function openInspector(port: number, worker: string) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    readonly id: string;
    readonly title?: string;
    readonly webSocketDebuggerUrl?: string;
  }[];
  const target = targets.find(({ id, title }) => `${id} ${title}`.includes(worker)) ?? targets[0];
  if (!target) throw new Error("the runtime has no inspector");
  const socket = new WebSocket(target.webSocketDebuggerUrl ?? `ws://127.0.0.1:${port}/${target.id}`);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the inspector does not answer")));
  });
  const waiting = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: unknown };
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  let last = 0;
  const call = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${JSON.stringify(error)}`)) : resolve(result),
      );
      socket.send(JSON.stringify({ id, method, params }));
    });
  return {
    /** The profile of what the Worker does meanwhile. */
    async profile(meanwhile: () => Promise<unknown>): Promise<CpuProfile> {
      await call("Profiler.enable");
      await call("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
      await call("Profiler.start");
      await meanwhile();
      const { profile } = (await call("Profiler.stop")) as { profile: CpuProfile };
      return profile;
    },
    /** MiB of the isolate's heap that are in use, after its garbage is collected: an isolate does so between requests. */
    async heapMiB(request: () => Promise<unknown>): Promise<number> {
      await call("HeapProfiler.enable");
      let collected = false;
      const collecting = call("HeapProfiler.collectGarbage").then(() => {
        collected = true;
      });
      while (!collected) await request();
      await collecting;
      const { usedSize } = (await call("Runtime.getHeapUsage")) as { usedSize: number };
      return usedSize / 1024 / 1024;
    },
    close: () => socket.close(),
  };
}
