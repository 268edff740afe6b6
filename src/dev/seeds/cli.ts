import { SeedError } from "./faults.ts";
import { businessFromFolder } from "./folder.ts";
import { seedStatements } from "./seed-statements.ts";
import { sqlText } from "./sql-text.ts";

/**
 * `node src/dev/seeds/cli.ts --sql > seeds.sql`, for `wrangler d1 execute --file`. Without `--sql` it only checks the seeds.
 * It writes catalog rows only: stories and development accounts never reach a file.
 */
function main(args: readonly string[]): number {
  try {
    const business = businessFromFolder();
    const statements = seedStatements(business, Date.now());
    if (args.includes("--sql")) process.stdout.write(sqlText(statements));
    else process.stderr.write(`${statements.length} rows, without a fault\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
