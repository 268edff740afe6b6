import type { SandboxEnv } from "./env.ts";

/** The sandbox's time in epoch milliseconds: that of the machine or of `CLOCK`, plus the seconds that control calls added. */
export async function readClock({ SANDBOX_DB, CLOCK }: SandboxEnv): Promise<number> {
  const row = await SANDBOX_DB.prepare("SELECT offset_ms FROM clock").first<{ offset_ms: number }>();
  return (CLOCK ? Date.parse(CLOCK) : Date.now()) + (row?.offset_ms ?? 0);
}

/** Moves the sandbox's clock forward, or back with a negative number. */
export async function advanceClock(db: D1Database, seconds: number): Promise<void> {
  await db
    .prepare("UPDATE clock SET offset_ms = offset_ms + ?")
    .bind(Math.trunc(seconds * 1000))
    .run();
}

/** Milliseconds as whole seconds, Stripe's unit of time. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
