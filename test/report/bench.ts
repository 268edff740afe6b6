import { runPaper } from "./command.ts";
import { BENCH } from "./papers.ts";

/** `npm run bench`: measures, and writes `test/BENCH.md`. */
await runPaper(BENCH);
