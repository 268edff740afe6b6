import { spawn } from "node:child_process";
import { Worker } from "node:worker_threads";

/*
 * Runs tests beside eight busy loops: `npm run test:busy`, or `node test/support/busy.ts <files>`.
 * The loops are threads of this process, so they end with it.
 */
for (let loop = 0; loop < 8; loop++) new Worker("for (;;);", { eval: true });
const vitest = new URL("../../node_modules/vitest/vitest.mjs", import.meta.url).pathname;
spawn(process.execPath, [vitest, "run", ...process.argv.slice(2)], { stdio: "inherit" }).on("exit", (code) =>
  process.exit(code ?? 1),
);
