import { overlaid } from "./overlaid-store.ts";

/** KV takes one write a second for a key. */
const KV_PAUSE_MS = 1_100;
const KV_TRIES = 3;

/** KV, with writes repeated that it refuses as too early for their key. */
export function patientStore(store: KVNamespace): KVNamespace {
  return overlaid(store, {
    put: (...args: Parameters<KVNamespace["put"]>) => patiently(() => store.put(...args)),
    delete: (key: string) => patiently(() => store.delete(key)),
  });
}

/** Repeats a write that KV refuses with 429, its limit for one key. */
async function patiently(write: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (tries === KV_TRIES || !(error instanceof Error && error.message.includes("429"))) throw error;
      await new Promise((done) => setTimeout(done, KV_PAUSE_MS));
    }
  }
}
