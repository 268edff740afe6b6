import { literal } from "../seeds/sql-text.ts";
import { differs, type Finding, notLookedAt, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import { readRows } from "./remote-database.ts";
import { deployCommand, type Target } from "./target.ts";
import type { Serving } from "./worker-check.ts";

/** A run is due each 15 minutes; after an hour without one the schedule does not run. */
const LONGEST_MS = 3_600_000;

/** Whether the schedule runs. Wrangler shows no schedule that is deployed, so its last run is looked at. */
export async function scheduleFinding(target: Target, outside: Outside, serving: Serving): Promise<Finding> {
  const what = "scheduled run";
  const owner = literal(target.business.files.business.ownerUserId);
  const read = await readRows(target, outside, [
    `SELECT max(finished_at) AS finished_at FROM scheduled_runs WHERE owner_user_id = ${owner}`,
  ]);
  if ("reason" in read) return notLookedAt(what, { found: read.reason, fix: [] });
  const last = read.rows[0]?.[0]?.finished_at;
  const since = outside.now() - (typeof last === "number" ? last : serving.deployedAt);
  if (since <= LONGEST_MS) {
    return typeof last === "number"
      ? ok(what, `the last ended ${minutes(since)} minutes ago`)
      : ok(what, `the first is due: the Worker was deployed ${minutes(since)} minutes ago`);
  }
  return differs(what, {
    found: typeof last === "number" ? `the last ended ${minutes(since)} minutes ago` : "it never ran",
    wanted: "a run each 15 minutes",
    fix: [
      deployCommand(target),
      `or, if it fails each time: Cloudflare's dashboard, Workers & Pages, ${target.worker}, Settings, Trigger Events; and Logs`,
    ],
  });
}

const minutes = (milliseconds: number): number => Math.round(milliseconds / 60_000);
