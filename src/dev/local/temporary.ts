import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundle } from "./bundle.ts";
import { freePort } from "./ports.ts";
import { type LocalServer, startLocalServer } from "./server.ts";

/** A local server that always has the sandbox. */
interface TemporaryServer extends Omit<LocalServer, "sandbox"> {
  readonly sandbox: NonNullable<LocalServer["sandbox"]>;
  readonly bundle: string;
}

/**
 * Starts the real bundle on free ports: the one given, or one that is built. Its state is temporary and deleted at the stop;
 * `.dev.vars` is not read.
 */
export async function startTemporaryServer(
  options: { onLine?: (line: string) => void; businessDir?: string; bundle?: string } = {},
): Promise<TemporaryServer> {
  const folder = mkdtempSync(join(tmpdir(), "commerce-"));
  const clear = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const bundle = options.bundle ?? (await buildBundle(join(folder, "dist")));
    const server = await startLocalServer({
      state: join(folder, "state"),
      port: await freePort(),
      sandboxPort: await freePort(),
      ...options,
      bundle,
    });
    const { sandbox } = server;
    if (!sandbox) throw new Error("a temporary server always has the sandbox");
    return {
      ...server,
      sandbox,
      bundle,
      async stop() {
        await server.stop();
        clear();
      },
    };
  } catch (error) {
    clear();
    throw error;
  }
}
