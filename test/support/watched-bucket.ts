import type { Fault } from "./watched-database.ts";

/** A real R2 binding that counts its calls, can lose them, and can hold a put until it is released. */
interface WatchedBucket {
  readonly binding: R2Bucket;
  /** Calls since the last reset, in their order. */
  calls(): readonly string[];
  reset(): void;
  /** Loses the calls with these numbers, counted from 1 after the last reset. */
  lose(faults: Readonly<Record<number, Fault>>): void;
  /** Holds all puts back, before the bucket has taken them or after, until the returned function is called. */
  holdPuts(where: Fault): () => void;
}

/** Wraps the binding, never the data: every object goes through the real bucket. */
export function watchBucket(real: R2Bucket): WatchedBucket {
  let calls: string[] = [];
  let faults: Readonly<Record<number, Fault>> = {};
  let held: { readonly where: Fault; readonly until: Promise<void> } | undefined;
  const binding = new Proxy(real, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const number = calls.push(String(property));
        const fault = faults[number];
        if (fault === "before") throw new Error("R2: lost before it arrived (10001)");
        const hold = property === "put" ? held : undefined;
        if (hold?.where === "before") await hold.until;
        const answer: unknown = await Reflect.apply(member, target, args);
        if (hold?.where === "after") await hold.until;
        if (fault === "after") throw new Error("R2: answer lost (10001)");
        return answer;
      };
    },
  });
  const reset = (next: typeof faults = {}) => {
    calls = [];
    faults = next;
  };
  return {
    binding,
    calls: () => calls,
    reset: () => reset(),
    lose: reset,
    holdPuts(where) {
      let release = () => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      held = { where, until };
      return () => {
        held = undefined;
        release();
      };
    },
  };
}
