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
    /**
     * MiB that the isolate holds after its garbage is collected: its heap with the buffers beside it. The runtime collects
     * only while it serves, so requests are sent until it has.
     */
    async heldMiB(request: () => Promise<unknown>): Promise<number> {
      await call("HeapProfiler.enable");
      let isCollected = false;
      const collecting = call("HeapProfiler.collectGarbage").finally(() => {
        isCollected = true;
      });
      while (!isCollected) await request();
      await collecting;
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = (await call("Runtime.getHeapUsage")) as Record<
        "usedSize" | "embedderHeapUsedSize" | "backingStorageSize",
        number
      >;
      return (usedSize + embedderHeapUsedSize + backingStorageSize) / 1024 / 1024;
    },
    close: () => socket.close(),
  };
}
