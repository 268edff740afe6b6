import type { World } from "../support/world.ts";

/** Both clocks at the same second, an empty Stripe, and no record of runs under a later clock. */
export async function beginAnew(world: World): Promise<void> {
  await world.reset();
  for (const table of ["heal_cursors", "scheduled_runs", "stripe_webhook_events", "bound_counts"]) {
    await world.all(`DELETE FROM ${table}`);
  }
  // The emptied Stripe knows nothing of these.
  await world.all(
    "UPDATE checkout_intents SET status = 'canceled', check_at = NULL WHERE status IN ('created', 'open', 'blocked')",
  );
  await world.all("UPDATE checkout_intents SET check_at = NULL");
}
