import { newToken, TOKEN_MINUTES } from "../auth/one-time-tokens.ts";
import { verification } from "../db/schema/people.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { inLocalDatabase } from "./local/databases.ts";
import { STATE } from "./local/root.ts";
import { findRunning } from "./local/running.ts";
import { runScript, Told } from "./local/told.ts";
import { businessFromFolder } from "./seeds/folder.ts";
import { runStatements } from "./seeds/load.ts";
import { sqlText } from "./seeds/sql-text.ts";
import { insertMissing } from "./seeds/statement.ts";

const USAGE = `npm run owner:invite -- --url https://your-shop.example [--owner USER_ID] > invite.sql
npx wrangler d1 execute DB --remote --file invite.sql

npm run owner:invite -- --local`;

/**
 * `npm run owner:invite`: a link by which a person becomes the owner, once, within a day. The database gets its hash
 * alone. For a deployment the SQL goes to standard output, and the link to the person at this terminal; with `--local`
 * the row is written to the database of `npm run dev`.
 */
async function main(): Promise<undefined> {
  const { url, owner, local } = wishIn();
  const ownerUserId = owner ?? businessFromFolder().files.business.ownerUserId;
  const { token, row } = newToken("owner-setup", ownerUserId, Date.now());
  const statement = insertMissing(verification, row);
  if (local) {
    if (findRunning()) throw new Told("Stop npm run dev first: two programs can't write to its database at once.");
    await inLocalDatabase(STATE, (db) => runStatements(db, [statement]));
  } else {
    process.stdout.write(sqlText([statement]));
  }
  const hours = TOKEN_MINUTES["owner-setup"] / 60;
  process.stderr.write(`
The link, good once and for ${hours} hours${local ? ", after npm run dev" : ", after the SQL was executed"}. Give it to the owner and to nobody else:

  ${url}/owner-setup/${token}

It gives the owner's account a new name, address and password, and ends whatever was signed in or connected as the owner.
`);
}

function wishIn(): { url: string; owner: string | undefined; local: boolean } {
  const { values } = readArguments(USAGE, {
    options: { url: { type: "string" }, owner: { type: "string" }, local: { type: "boolean" } },
  });
  const local = values.local ?? false;
  const url = local ? (values.url ?? "http://localhost:8787") : values.url;
  if (!url) throw misused("--url is missing.", USAGE);
  if (!URL.canParse(url) || new URL(url).origin !== url) {
    throw misused("--url has to be an origin, as PUBLIC_URL is: scheme and host, no path.", USAGE);
  }
  return { url, owner: values.owner, local };
}

await runScript(main);
