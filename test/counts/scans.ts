import type { World } from "../support/world.ts";

/** Scans that are allowed: what is scanned, and why it does not grow with purchases or people. */
const ALLOWED: Readonly<Record<string, string>> = {
  "oauth_grants USING INDEX oauth_grants_live":
    "the owner's list of apps: reads from the newest to the end of the page",
  "user USING INDEX user_newest": "the owner's list of people: reads from the newest to the end of the page",
  sqlite_stat1: "the planner's own statistics, a row an index",
};

/**
 * The statements that scan a table or one of its indexes, with what they scan. What a statement builds for itself is no
 * table: a list in JSON, rows of values, a subquery, which has a line of its own in the plan.
 */
export async function scansIn(
  world: World,
  plans: readonly ReadonlyMap<string, readonly string[]>[],
): Promise<readonly string[]> {
  const tables = new Set(
    (await world.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")).map(({ name }) => name),
  );
  tables.add("sqlite_stat1");
  const found = plans.flatMap((all) =>
    [...all].flatMap(([sql, plan]) =>
      plan.flatMap((detail) => {
        const [, scanned = ""] = /^SCAN (.*)$/.exec(detail) ?? [];
        // A table under another name is the table.
        const table = new RegExp(`"?(\\w+)"? (?:AS )"?${scanned.split(" ")[0]}"?\\b`, "i").exec(sql)?.[1];
        const isTable = tables.has(scanned.split(" ")[0] ?? "") || (table !== undefined && tables.has(table));
        return isTable && !(scanned in ALLOWED) ? [`${scanned}: ${sql}`] : [];
      }),
    ),
  );
  return [...new Set(found)];
}
