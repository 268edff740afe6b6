import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUSINESS_PARTS } from "../../db/schema/vocabulary.ts";
import type { Outside } from "../deploy/outside.ts";
import { readRows } from "../deploy/remote-database.ts";
import { envArgument, type Target } from "../deploy/target.ts";
import { deployCommand, servingVariables } from "../deploy/worker-check.ts";
import { reasonOf } from "../deploy/wrangler-answers.ts";
import { ScriptError } from "../local/run-script.ts";
import { partsOf } from "../seeds/parts.ts";
import { sqlText } from "../seeds/sql-text.ts";
import type { StoredRow } from "../seeds/statement.ts";
import type { CatalogDatabase } from "./database.ts";

/**
 * The deployed database. Wrangler uploads a file to D1's import, which takes it whole or returns the database to its state of
 * before (wrangler's `d1 execute --remote --file` says so at each run; a file with its own BEGIN is refused).
 */
export function deployedDatabase(target: Target, outside: Outside): CatalogDatabase {
  return {
    async read(selects) {
      const read = await readRows(target, outside, selects);
      if ("reason" in read) throw new ScriptError(read.reason);
      // D1 has no other values in the columns of the catalog.
      return read.rows as readonly (readonly StoredRow[])[];
    },
    async run(statements) {
      const folder = mkdtempSync(join(tmpdir(), "commerce-catalog-"));
      try {
        const file = join(folder, "catalog.sql");
        writeFileSync(file, sqlText(statements));
        const ran = await outside.run(fileCommand(target, file));
        if (ran.code !== 0) {
          throw new ScriptError(`Nothing was changed, since D1 takes a file whole or not at all: ${reasonOf(ran)}`);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The arguments that run a file of SQL on the database of a target. */
export const fileCommand = (target: Target, file: string): readonly string[] => [
  ...["d1", "execute", target.database.name, "--remote", "--yes", "--json", envArgument(target), "--file", file],
];

/**
 * Throws where the deployed server serves another owner than the files name, or lacks or has a part that the files do not: tools
 * and pages of a part come with a deploy, so the catalog waits for it.
 */
export async function assertDeployedFor(target: Target, outside: Outside): Promise<void> {
  const variables = await servingVariables(target, outside);
  if (variables === undefined) throw new ScriptError(`Nothing is deployed yet. Deploy first: ${deployCommand(target)}`);
  if ("reason" in variables) throw new ScriptError(`The deployed server can't be asked: ${variables.reason}`);
  const { files } = target.business;
  const owner = variables.get("BUSINESS_OWNER_USER_ID");
  if (owner !== files.business.ownerUserId) {
    throw new ScriptError(
      `business.json: ownerUserId must be the owner that the deployed server is set to: it is ${owner ?? "not set"} there, and ${files.business.ownerUserId} here. Set it back, or deploy another business elsewhere.`,
    );
  }
  const there = new Set((variables.get("BUSINESS_PARTS") ?? "").split(",").filter(Boolean));
  const here = new Set<string>(partsOf(files));
  const coming = BUSINESS_PARTS.filter((part) => here.has(part) && !there.has(part));
  const going = BUSINESS_PARTS.filter((part) => !here.has(part) && there.has(part));
  if (coming.length + going.length === 0) return;
  const words = [
    ...(coming.length > 0 ? [`the deployed server has no ${coming.join(", ")} yet`] : []),
    ...(going.length > 0 ? [`it still has ${going.join(", ")}`] : []),
  ];
  throw new ScriptError(
    `The files change a part of the business: ${words.join("; ")}. A deploy changes parts, and loads the files with them: ${deployCommand(target)}`,
  );
}
