/** Rows among which accounts take turns in a run: more than the bounds on one account let many accounts have. */
export const TURNS_AMONG = 2_000;
