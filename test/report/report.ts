import { runPaper } from "./command.ts";
import { REPORT } from "./papers.ts";

/** `npm run report`: runs what shows the promises, and writes `test/REPORT.md`. */
await runPaper(REPORT);
