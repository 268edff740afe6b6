/** Where a fault strikes: before a batch reaches the database, or after it committed and before its answer arrives. */
export type Fault = "before" | "after";

/** A real D1 binding that counts its round trips and can lose them. */
export interface WatchedDatabase {
  readonly binding: D1Database;
  /** Round trips since the last reset. */
  trips(): number;
  /** Rows that the database says it read for them. */
  rowsRead(): number;
  reset(): void;
  /** Loses the round trips with these numbers, counted from 1 after the last reset. */
  lose(faults: Readonly<Record<number, Fault>>): void;
  /** Lets something else happen just before the round trip with this number, counted in the same way. */
  interrupt(trip: number, action: () => Promise<unknown>): void;
}

/** Wraps the binding, never the data: every statement runs on the real database. */
export function watchDatabase(real: D1Database): WatchedDatabase {
  const originals = new WeakMap<object, D1PreparedStatement>();
  let count = 0;
  let rows = 0;
  let faults: Readonly<Record<number, Fault>> = {};
  let interruption: { trip: number; action: () => Promise<unknown> } | undefined;

  const trip = async <T>(run: () => Promise<T>): Promise<T> => {
    const number = ++count;
    const fault = faults[number];
    if (interruption?.trip === number) await interruption.action();
    if (fault === "before") throw new Error("D1_ERROR: lost before it arrived");
    const answer = await run();
    for (const { meta } of [answer].flat() as Partial<D1Result>[]) rows += meta?.rows_read ?? 0;
    if (fault === "after") throw new Error("D1_ERROR: answer lost");
    return answer;
  };
  const watchStatement = (statement: D1PreparedStatement): D1PreparedStatement => {
    const watched = new Proxy(statement, {
      get(target, property) {
        if (property === "bind") return (...values: unknown[]) => watchStatement(target.bind(...values));
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => trip(() => Promise.resolve(Reflect.apply(member, target, args)));
      },
    });
    originals.set(watched, statement);
    return watched;
  };
  const binding = new Proxy(real, {
    get(target, property) {
      if (property === "prepare") return (sql: string) => watchStatement(target.prepare(sql));
      if (property === "batch") {
        return (statements: D1PreparedStatement[]) =>
          trip(() => target.batch(statements.map((statement) => originals.get(statement) ?? statement)));
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return {
    binding,
    trips: () => count,
    rowsRead: () => rows,
    reset() {
      count = 0;
      rows = 0;
      faults = {};
      interruption = undefined;
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
