import type { TestProject } from "vitest/node";
import { startTemporaryServer } from "../../src/dev/local/temporary.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The running bundle: where it answers, where its Stripe sandbox does, and the file itself. */
    server: { readonly origin: string; readonly sandboxUrl: string; readonly bundle: string };
  }
}

/** Builds the bundle and starts it, once for all tests of the project. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporaryServer();
  project.provide("server", { origin: server.publicUrl, sandboxUrl: server.sandbox.url, bundle: server.bundle });
  return () => server.stop();
}
