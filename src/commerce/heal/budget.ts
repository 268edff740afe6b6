import type { Context } from "../../kernel/context.ts";

/** How often a part of a run may still go to Stripe or the database: an invocation of a Worker has only so many subrequests. */
export interface Budget {
  readonly left: number;
  /** A part of what is left; what it does not use stays with the whole. */
  share(part: number): Budget;
}

/** Calls of a whole run, counted as they go out. */
export interface Meter extends Budget {
  /** The same context, whose calls to D1 and Stripe are counted, repetitions by a library too. */
  readonly ctx: Context;
}

/**
 * Counts what a context sends. Nothing is refused by it: a piece of work is begun only where its worst case is left, and
 * what it then does not need is there for the next.
 */
export function meter(ctx: Context, trips: number): Meter {
  let left = trips;
  const count = () => {
    left--;
  };
  const { db } = ctx;
  const counted: Context["db"] = {
    build: db.build,
    read(queries) {
      count();
      return db.read(queries);
    },
    readTogether(groups) {
      count();
      return db.readTogether(groups);
    },
    commit(statements) {
      count();
      return db.commit(statements);
    },
    tryCommit(statements) {
      count();
      return db.tryCommit(statements);
    },
    optimize() {
      count();
      return db.optimize();
    },
  };
  const whole = budget(() => Math.max(0, left));
  return Object.assign(whole, { ctx: { ...ctx, db: counted, stripe: ctx.stripe.counted(count) } });
}

function budget(left: () => number): Budget {
  return {
    get left() {
      return left();
    },
    share(part) {
      const end = left() - Math.floor(left() * part);
      return budget(() => Math.max(0, left() - end));
    },
  };
}
