import { queueDeliveries } from "./deliveries.ts";
import { events, type WireEvent } from "./events.ts";
import { takeFault } from "./faults.ts";
import { existsIn2022 } from "./old-shapes.ts";
import type { Sandbox } from "./sandbox.ts";

/** A lost race is decided again this many times; a test starts fewer calls at once. */
const MAX_ATTEMPTS = 300;

/** Statements to run and events to record, committed as one batch. */
export interface Change {
  writes: D1PreparedStatement[];
  events: WireEvent[];
}

/** A change without statements and events. */
export const NO_CHANGE: Change = { writes: [], events: [] };

/** A change that only records events. */
export function eventsOnly(...events: WireEvent[]): Change {
  return { writes: [], events };
}

/** Changes as one, their events in this order. */
export function together(...changes: Change[]): Change {
  return { writes: changes.flatMap(({ writes }) => writes), events: changes.flatMap(({ events }) => events) };
}

/** Another request changed an object of this change after it was read. The batch wrote nothing; the caller reads and decides again. */
class LostRace extends Error {}

/** Commits a change, its events, their deliveries and the statements of `also` in one batch: all or nothing. */
export async function commit(sandbox: Sandbox, change: Change, also: D1PreparedStatement[] = []): Promise<void> {
  const recorded: WireEvent[] = [];
  for (const event of change.events) {
    if (sandbox.account.eventsApiVersion !== null && !existsIn2022(event.type)) continue;
    if ((await takeFault(sandbox.db, "event", event.type)) === null) recorded.push(event);
  }
  if (change.writes.length + recorded.length + also.length === 0) return;
  const batch = [
    ...change.writes,
    ...recorded.flatMap((event) => [...events.insert(sandbox, event, null), ...queueDeliveries(sandbox, event)]),
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
 * Decides and commits; a lost race is decided again, from new reads. `also` makes statements for the same batch from the
 * decision.
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
