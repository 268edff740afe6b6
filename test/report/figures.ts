import type { Line } from "./line.ts";

/** What the server costs, and the measurements that say so. `test/BENCH.md` is made from it. */
export const figures: readonly Line[] = [];
