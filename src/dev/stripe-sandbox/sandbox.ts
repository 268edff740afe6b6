import type { Account } from "./account.ts";
import type { SandboxEnv } from "./env.ts";

/** The context of one request: `worker.ts` makes it, and nearly every function of the sandbox takes it. */
export interface Sandbox {
  db: D1Database;
  env: SandboxEnv;
  /** The settings of the Stripe account. */
  account: Account;
  /** The sandbox's time at the start of this request, in epoch milliseconds. */
  now: number;
  /** The mode whose objects this request sees. */
  livemode: boolean;
  /** The `request` field of the events that this request causes; both null for what falls due by the clock. */
  cause: { id: string | null; idempotency_key: string | null };
  /** Runs after the response. */
  later(work: Promise<unknown>): void;
}

/** The sandbox in the mode of an object, for pages and control calls, which have no API key. */
export function inMode(sandbox: Sandbox, livemode: boolean): Sandbox {
  return sandbox.livemode === livemode ? sandbox : { ...sandbox, livemode };
}

/** The sandbox in a mode, for what falls due by the clock: its events carry no request. */
export function withoutRequest(sandbox: Sandbox, livemode: boolean): Sandbox {
  return { ...inMode(sandbox, livemode), cause: { id: null, idempotency_key: null } };
}
