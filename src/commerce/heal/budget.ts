/** How often a run may still go to Stripe or the database: one invocation of a Worker has only so many subrequests. */
export interface Budget {
  /** Takes the worst case of the next piece of work, or refuses it: the next run goes on. */
  take(trips: number): boolean;
  /** A share of what is left, for one part of the run: what it does not use stays for the others. */
  share(trips: number): Budget;
  readonly left: number;
}

export function createBudget(trips: number, whole?: Budget): Budget {
  let left = trips;
  return {
    take(wanted) {
      if (wanted > left || (whole && !whole.take(wanted))) return false;
      left -= wanted;
      return true;
    },
    share(wanted) {
      return createBudget(wanted, this);
    },
    get left() {
      return whole ? Math.min(left, whole.left) : left;
    },
  };
}
