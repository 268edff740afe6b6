/** Where a fault strikes: before a batch reaches the database, or after it committed and before its answer arrives. */
export type Fault = "before" | "after";

/** A real D1 binding that counts its round trips and can lose them. */
interface WatchedDatabase {
  readonly binding: D1Database;
  /** Round trips since the last reset. */
  trips(): number;
  /** Rows that the database says it read for them. */
  rowsRead(): number;
  /** Tables that statements have changed rows of since the last reset; those that a trigger changed are not named. */
  written(): ReadonlySet<string>;
  reset(): void;
  /** Loses the round trips with these numbers, counted from 1 after the last reset. */
  lose(faults: Readonly<Record<number, Fault>>): void;
  /** Runs an action just before the round trip with this number, counted in the same way. */
  interrupt(trip: number, action: () => Promise<unknown>): void;
  /** Makes every round trip wait for `turn`, until the next reset. */
  takeTurns(turn: () => Promise<unknown>): void;
  /** Hands every round trip to `gate` from now on, also after a reset: it runs the trip, loses it, or keeps its answer. */
  passThrough(gate: Gate): void;
}

/** Runs a round trip that writes to these tables; none for one that only reads. */
type Gate = <T>(tables: readonly string[], run: () => Promise<T>) => Promise<T>;

/** The table that a statement writes to. */
const WRITES = /^\s*(?:insert(?: or \w+)? into|update|delete from)\s+["`]?(\w+)/i;

/** The statement behind a watched one, and the table that it writes to. */
interface Known {
  readonly original: D1PreparedStatement;
  readonly table: string | undefined;
}

/**
 * Wraps the binding, never the data: every statement runs on the real database. `onTrip` is called as each round trip
 * begins.
 */
export function watchDatabase(real: D1Database, onTrip: () => void): WatchedDatabase {
  const known = new WeakMap<object, Known>();
  let count = 0;
  let rows = 0;
  let written = new Set<string>();
  let faults: Readonly<Record<number, Fault>> = {};
  let turns: (() => Promise<unknown>) | undefined;
  let gate: Gate = (_, run) => run();
  let interruption: { trip: number; action: () => Promise<unknown> } | undefined;

  const trip = async <T>(statements: readonly object[], run: () => Promise<T>): Promise<T> => {
    await turns?.();
    onTrip();
    const number = ++count;
    const fault = faults[number];
    if (interruption?.trip === number) await interruption.action();
    if (fault === "before") throw new Error("D1_ERROR: lost before it arrived");
    const answer = await gate([...new Set(statements.flatMap((one) => known.get(one)?.table ?? []))], run);
    const results = [answer].flat() as (Partial<D1Result> | null)[];
    for (const [at, statement] of statements.entries()) {
      const meta = results[at]?.meta;
      const table = known.get(statement)?.table;
      rows += meta?.rows_read ?? 0;
      // `raw()` answers without `meta`: its statement counts as a change.
      if (table && (meta?.changed_db ?? true)) written.add(table);
    }
    if (fault === "after") throw new Error("D1_ERROR: answer lost");
    return answer;
  };
  const watchStatement = (original: D1PreparedStatement, table: string | undefined): D1PreparedStatement => {
    const watched: D1PreparedStatement = new Proxy(original, {
      get(target, property) {
        if (property === "bind") return (...values: unknown[]) => watchStatement(target.bind(...values), table);
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => trip([watched], () => Promise.resolve(Reflect.apply(member, target, args)));
      },
    });
    known.set(watched, { original, table });
    return watched;
  };
  const binding = new Proxy(real, {
    get(target, property) {
      if (property === "prepare") return (sql: string) => watchStatement(target.prepare(sql), WRITES.exec(sql)?.[1]);
      if (property === "batch") {
        return (statements: D1PreparedStatement[]) =>
          trip(statements, () =>
            target.batch(statements.map((statement) => known.get(statement)?.original ?? statement)),
          );
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return {
    binding,
    trips: () => count,
    rowsRead: () => rows,
    written: () => written,
    reset() {
      count = 0;
      rows = 0;
      written = new Set();
      faults = {};
      interruption = undefined;
      turns = undefined;
    },
    takeTurns(turn) {
      turns = turn;
    },
    passThrough(next) {
      gate = next;
    },
    lose(next) {
      count = 0;
      faults = next;
    },
    interrupt(trip, action) {
      count = 0;
      interruption = { trip, action };
    },
  };
}
