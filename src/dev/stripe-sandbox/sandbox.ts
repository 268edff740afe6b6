import type { SandboxEnv } from "./env.ts";

/** What one request works with. Built once per request, passed to everything below the door. */
export interface Sandbox {
  db: D1Database;
  env: SandboxEnv;
  /** The sandbox's time of this request, in milliseconds. */
  now: number;
  /** Which half of the account this request sees. */
  livemode: boolean;
  /** Named in the events that this request causes; both null when Stripe acts by itself. */
  cause: { id: string | null; idempotency_key: string | null };
  /** Runs after the response. */
  later(work: Promise<unknown>): void;
}

/** The same sandbox, acting for the mode of an object rather than for a key. */
export function inMode(sandbox: Sandbox, livemode: boolean): Sandbox {
  return sandbox.livemode === livemode ? sandbox : { ...sandbox, livemode };
}
