/** Where a fault strikes: before a batch reaches the database, or after it committed and before its answer arrives. */
export type Fault = "before" | "after";

/** A real D1 binding that counts its round trips and can lose them. */
interface WatchedDatabase {
  readonly binding: D1Database;
  /** Round trips since the last reset. */
  trips(): number;
  /** Rows that the database says it read for them. */
  rowsRead(): number;
  /** While weighed: statements since the last reset, each with its SQL and the rows that the database says it touched. */
  ran(): readonly Ran[];
  /** Tables that statements have changed rows of since the last reset; those that a trigger changed are not named. */
  written(): ReadonlySet<string>;
  reset(): void;
  /** From now on statements are kept, and the rows of a `raw()` are counted: D1 answers no `meta` for it, so it runs twice. */
  weigh(): void;
  /** Loses the round trips with these numbers, counted from 1 after the last reset. */
  lose(faults: Readonly<Record<number, Fault>>): void;
  /** Runs an action just before the round trip with this number, counted in the same way. */
  interrupt(trip: number, action: () => Promise<unknown>): void;
  /** Makes every round trip wait for `turn`, until the next reset. */
  takeTurns(turn: () => Promise<unknown>): void;
  /** Hands every round trip to `gate` from now on, also after a reset: it runs the trip, loses it, or keeps its answer. */
  passThrough(gate: Gate): void;
}

/** A statement that ran. Index entries count as rows written, and so does what a trigger wrote. */
export interface Ran {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Decides about a round trip: it may run it, throw, or keep its answer. `tables` are those that it writes to. */
type Gate = <T>(tables: readonly string[], run: () => Promise<T>) => Promise<T>;

/** The table that a statement writes to. */
const WRITES = /^\s*(?:insert(?: or \w+)? into|update|delete from)\s+["`]?(\w+)/i;

/** The statement behind a watched one, and the table that it writes to. */
interface Known {
  readonly original: D1PreparedStatement;
  readonly sql: string;
  readonly values: readonly unknown[];
}

const tableOf = (known: Known | undefined) => WRITES.exec(known?.sql ?? "")?.[1];

/**
 * Wraps the binding, never the data: every statement runs on the real database. `onTrip` is called as each round trip
 * begins.
 */
export function watchDatabase(real: D1Database, onTrip: () => void): WatchedDatabase {
  const known = new WeakMap<object, Known>();
  let count = 0;
  let rows = 0;
  let ran: Ran[] = [];
  let written = new Set<string>();
  let isWeighed = false;
  let weighed: D1Result | undefined;
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
    const answer = await gate([...new Set(statements.flatMap((one) => tableOf(known.get(one)) ?? []))], run);
    const results = (weighed ? [weighed] : [answer].flat()) as (Partial<D1Result> | null)[];
    weighed = undefined;
    for (const [at, statement] of statements.entries()) {
      const meta = results[at]?.meta;
      const { sql = "", values = [] } = known.get(statement) ?? {};
      const table = tableOf(known.get(statement));
      rows += meta?.rows_read ?? 0;
      if (isWeighed) ran.push({ sql, values, rowsRead: meta?.rows_read ?? 0, rowsWritten: meta?.rows_written ?? 0 });
      // `raw()` answers without `meta`: its statement counts as a change.
      if (table && (meta?.changed_db ?? true)) written.add(table);
    }
    if (fault === "after") throw new Error("D1_ERROR: answer lost");
    return answer;
  };
  /** Runs a write once, and makes the answer of a `raw()` from it. No two of its columns have one name. */
  const rawOf = async (statement: D1PreparedStatement) => {
    weighed = await statement.run();
    return weighed.results.map((row) => Object.values(row as object));
  };
  const watchStatement = (original: D1PreparedStatement, sql: string, values: unknown[] = []): D1PreparedStatement => {
    const watched: D1PreparedStatement = new Proxy(original, {
      get(target, property) {
        if (property === "bind") return (...bound: unknown[]) => watchStatement(target.bind(...bound), sql, bound);
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) =>
          trip([watched], async () => {
            if (property === "raw" && isWeighed && !/^\s*select/i.test(sql)) return rawOf(target);
            const answer: unknown = await Reflect.apply(member, target, args);
            if (property === "raw" && isWeighed) weighed = await target.run();
            return answer;
          });
      },
    });
    known.set(watched, { original, sql, values });
    return watched;
  };
  const binding = new Proxy(real, {
    get(target, property) {
      if (property === "prepare") return (sql: string) => watchStatement(target.prepare(sql), sql);
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
    ran: () => ran,
    written: () => written,
    reset() {
      count = 0;
      rows = 0;
      ran = [];
      written = new Set();
      faults = {};
      interruption = undefined;
      turns = undefined;
    },
    weigh() {
      isWeighed = true;
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
