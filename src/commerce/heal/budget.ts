import type { Context } from "../../kernel/context.ts";

/** Pages that a search of a run reads at most: enough for 2,000 sessions that one account made around a lost one. */
export const PAGES_TO_SEARCH = 35;

/** The calls to Stripe and D1 that are left to a part of a run: an invocation of a Worker has a limit of subrequests. */
export interface Budget {
  readonly left: number;
  /** A budget of a fraction of the calls left. Calls that it does not use stay with this budget. */
  share(fraction: number): Budget;
}

/** The calls of a whole run, counted as they go out. */
interface Meter extends Budget {
  /** The same context; its calls to D1 and Stripe are counted, with the repetitions that a library makes. */
  readonly ctx: Context;
}

/**
 * Counts the calls of a context and refuses none. A piece of work begins only while its worst case is left in the budget,
 * and takes from the budget only the calls that it makes.
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
  return Object.assign(whole, {
    ctx: { ...ctx, db: counted, stripe: ctx.stripe.usedFor({ sent: count, pagesToSearch: PAGES_TO_SEARCH }) },
  });
}

function budget(left: () => number): Budget {
  return {
    get left() {
      return left();
    },
    share(fraction) {
      const end = left() - Math.floor(left() * fraction);
      return budget(() => Math.max(0, left() - end));
    },
  };
}
