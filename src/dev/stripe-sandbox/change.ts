import { queueDeliveries } from "./deliveries.ts";
import { events, type WireEvent } from "./events.ts";
import { takeFault } from "./faults.ts";
import type { Sandbox } from "./sandbox.ts";

/** More racers for one object than a test will ever start. */
const MAX_ATTEMPTS = 300;

/** What an action will do, not yet done: statements and the events that tell of it. Committed as one batch. */
export interface Change {
  writes: D1PreparedStatement[];
  events: WireEvent[];
}

/** Somebody else changed an object of this change first. Nothing was written; look again and decide anew. */
class LostRace extends Error {}

/** Commits a change, its events and their deliveries, and `also`, in one batch: all or nothing. */
export async function commit(sandbox: Sandbox, change: Change, also: D1PreparedStatement[] = []): Promise<void> {
  const told: WireEvent[] = [];
  for (const event of change.events) {
    if ((await takeFault(sandbox.db, "event", event.type)) === null) told.push(event);
  }
  if (change.writes.length + told.length + also.length === 0) return;
  const batch = [
    ...change.writes,
    ...told.flatMap((event) => [...events.insert(sandbox, event, null), ...queueDeliveries(sandbox, event)]),
    ...also,
    sandbox.db.prepare("DELETE FROM guards"),
  ];
  try {
    await sandbox.db.batch(batch);
  } catch (error) {
    if (String(error).includes("CHECK constraint failed: changed = 1")) throw new LostRace();
    throw error;
  }
}

/**
 * Decides and commits, again and again until no one else got in between. `also` is written in the same batch, and depends on
 * what was decided.
 */
export async function decideAndCommit<T extends { change: Change }>(
  sandbox: Sandbox,
  decide: () => Promise<T>,
  also: (decided: T) => D1PreparedStatement[] = () => [],
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const decided = await decide();
    try {
      await commit(sandbox, decided.change, also(decided));
      return decided;
    } catch (error) {
      if (!(error instanceof LostRace) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
