import { setTimeout as sleep } from "node:timers/promises";
import { unstable_startWorker as startWorker } from "wrangler";
import { Told } from "./told.ts";

const READY_SECONDS = 40;
const STOP_MS = 5000;

export interface WorkerWish {
  readonly name: string;
  readonly config: string;
  /** The started file, where it is another than the configuration's own; it is then run as it is. */
  readonly bundle?: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  readonly port: number;
  readonly persist: string;
  readonly registry: string;
  /** Whether an edit of the source is taken up while it runs. */
  readonly watch: boolean;
  /** What the Worker says on its console, line by line. */
  readonly hear?: ((line: string) => void) | undefined;
}

export interface RunningWorker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one Worker as `wrangler dev` would, and waits until it has answered a request. Its port must be free. */
export async function startOne(wish: WorkerWish): Promise<RunningWorker> {
  const url = `http://localhost:${wish.port}`;
  const worker = await startWorker({
    config: wish.config,
    ...(wish.bundle && { entrypoint: wish.bundle }),
    // Only what is asked for here, and a `.dev.vars` beside the configuration, over which these win.
    envFiles: [],
    bindings: Object.fromEntries(
      Object.entries(wish.vars).map(([name, value]) => [name, { type: "plain_text", value }]),
    ),
    ...(wish.bundle && { build: { bundle: false, findAdditionalModules: false } }),
    dev: {
      server: { hostname: "localhost", port: wish.port },
      inspector: false,
      persist: wish.persist,
      registry: wish.registry,
      watch: wish.watch,
      logLevel: "warn",
      structuredLogsHandler: ({ message }: { message: string }) => wish.hear?.(message),
    },
  });
  const late = AbortSignal.timeout(READY_SECONDS * 1000);
  let last = "nothing";
  const answers = async () => {
    await worker.ready;
    while (!late.aborted) {
      last = await fetch(`${url}/health`, { signal: late }).then(
        async (answer) => `${answer.status} ${(await answer.text()).slice(0, 100)}`,
        () => "nothing",
      );
      if (last.startsWith("200 ")) return true;
      await sleep(100);
    }
    return false;
  };
  // What never started may never stop either.
  const stop = async () => {
    await Promise.race([worker.dispose(), sleep(STOP_MS, undefined, { ref: false })]);
  };
  // A Worker that cannot be built or whose port was taken in between would be waited for without end.
  if (!(await Promise.race([answers(), sleep(READY_SECONDS * 1000, false, { ref: false })]))) {
    await stop();
    throw new Told(`${wish.name} is not ready after ${READY_SECONDS} seconds: ${url}/health answers ${last}`);
  }
  return { url, stop };
}
