import { setTimeout as sleep } from "node:timers/promises";
import { unstable_startWorker as startWorker } from "wrangler";
import { ScriptError } from "./run-script.ts";

const READY_SECONDS = 40;
const STOP_MS = 5000;

/** The options of one Worker. */
interface WorkerOptions {
  readonly name: string;
  readonly config: string;
  /** A built bundle to run instead of the configuration's `main`. */
  readonly bundle?: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  readonly port: number;
  readonly persist: string;
  readonly registry: string;
  /** True: each edit of the source is reloaded. */
  readonly watch: boolean;
  /** Called with each line of the Worker's console. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** A started Worker. */
export interface RunningWorker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one Worker as `wrangler dev` would, and waits until it has answered a request. Its port must be free. */
export async function startOne(options: WorkerOptions): Promise<RunningWorker> {
  const url = `http://localhost:${options.port}`;
  const worker = await startWorker({
    config: options.config,
    ...(options.bundle && { entrypoint: options.bundle }),
    // No env files. A `.dev.vars` beside the configuration is read all the same; these bindings take precedence.
    envFiles: [],
    bindings: Object.fromEntries(
      Object.entries(options.vars).map(([name, value]) => [name, { type: "plain_text", value }]),
    ),
    ...(options.bundle && { build: { bundle: false, findAdditionalModules: false } }),
    dev: {
      server: { hostname: "localhost", port: options.port },
      inspector: false,
      persist: options.persist,
      registry: options.registry,
      watch: options.watch,
      logLevel: "warn",
      structuredLogsHandler: ({ message }: { message: string }) => options.onLine?.(message),
    },
  });
  const late = AbortSignal.timeout(READY_SECONDS * 1000);
  let last = "no answer";
  const answers = async () => {
    await worker.ready;
    while (!late.aborted) {
      last = await fetch(`${url}/health`, { signal: late }).then(
        async (answer) => `${answer.status} ${(await answer.text()).slice(0, 100)}`,
        () => "no answer",
      );
      if (last.startsWith("200 ")) return true;
      await sleep(100);
    }
    return false;
  };
  // `dispose` can hang when the Worker did not start.
  const stop = async () => {
    await Promise.race([worker.dispose(), sleep(STOP_MS, undefined, { ref: false })]);
  };
  // `ready` does not settle for a Worker that cannot be built or whose port was taken in the meantime.
  if (!(await Promise.race([answers(), sleep(READY_SECONDS * 1000, false, { ref: false })]))) {
    await stop();
    throw new ScriptError(
      `${options.name} is not ready after ${READY_SECONDS} seconds. Last answer of ${url}/health: ${last}`,
    );
  }
  return { url, stop };
}
