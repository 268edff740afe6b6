import { newToken, TOKEN_MINUTES } from "../auth/one-time-tokens.ts";
import { verification } from "../db/schema/people.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { inLocalDatabase } from "./local/databases.ts";
import { USUAL_URL } from "./local/ports.ts";
import { STATE } from "./local/root.ts";
import { runScript } from "./local/run-script.ts";
import { assertStopped } from "./local/running.ts";
import { businessFromFolder } from "./seeds/folder.ts";
import { runStatements } from "./seeds/load.ts";
import { sqlText } from "./seeds/sql-text.ts";
import { insertMissing } from "./seeds/statement.ts";

const USAGE = `npm run owner:invite -- --url https://your-shop.example [--owner USER_ID] > invite.sql
npx wrangler d1 execute commerce --remote --file invite.sql

npm run owner:invite -- --local`;

/**
 * `npm run owner:invite`: a link that makes a person the owner; it works once, within a day. The database stores its hash.
 * For a deployment the SQL goes to standard output and the link to standard error; with `--local` the row is written to the
 * database of `npm run dev`.
 */
async function main(): Promise<undefined> {
  const { url, owner, local } = readWish();
  const ownerUserId = owner ?? businessFromFolder().files.business.ownerUserId;
  const { token, row } = newToken("owner-setup", ownerUserId, Date.now());
  const statement = insertMissing(verification, row);
  if (local) {
    assertStopped();
    await inLocalDatabase(STATE, (db) => runStatements(db, [statement]));
  } else {
    process.stdout.write(sqlText([statement]));
  }
  const hours = TOKEN_MINUTES["owner-setup"] / 60;
  process.stderr.write(`
The link works once, within ${hours} hours, ${local ? "while npm run dev runs" : "after the SQL was executed"}. Give it to the owner alone:

  ${url}/owner-setup/${token}

On its page the owner's account gets a new name, address and password, and every sign-in and connected program of the owner ends.
`);
}

function readWish(): { url: string; owner: string | undefined; local: boolean } {
  const { values } = readArguments(USAGE, {
    options: { url: { type: "string" }, owner: { type: "string" }, local: { type: "boolean" } },
  });
  const local = values.local ?? false;
  const url = local ? (values.url ?? USUAL_URL) : values.url;
  if (!url) throw misused("--url is missing.", USAGE);
  if (!URL.canParse(url) || new URL(url).origin !== url) {
    throw misused("--url has to be an origin, as PUBLIC_URL is: scheme and host, no path.", USAGE);
  }
  return { url, owner: values.owner, local };
}

await runScript(main);
