import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { databaseState } from "../support/database-state.ts";
import { seededRandom } from "../support/random.ts";
import { createWorld, type World } from "../support/world.ts";
import { faultsOf, type WireAnswer, wireAnswer } from "./answers.ts";
import { everyDoor } from "./every-door.ts";
import { spoilt } from "./spoil.ts";
import { tally } from "./tally.ts";
import { asFirstSent, requestOf, told, type WireCall } from "./wire.ts";

const LONG = String((env as { TEST_LONG?: string }).TEST_LONG ?? "") !== "";
const CALLS = LONG ? 1_000_000 : 1_000;
/** After so many calls everybody goes through the doors anew: what was used up or revoked meanwhile is good again. */
const ROUND = 10_000;
/** How many calls share one comparison of the whole database. */
const BATCH = 50;

/**
 * What a refusal may write beside counters of attempts, by the door that it was sent to: an approval that waits for its
 * person, a grant that ends since its code or refresh token came twice (RFC 9700 section 4.14), a wrong code that counts.
 */
const BY_REFUSING: readonly { readonly door: RegExp; readonly code?: string; readonly tables: readonly string[] }[] = [
  { door: /./, tables: ["rate_limits"] },
  { door: /^mcp|^http/, code: "approval_required", tables: ["approvals", "payment_audit_events"] },
  { door: /^oauth token/, tables: ["oauth_grants"] },
  { door: /^account|^sign-in/, tables: ["second_factors"] },
];

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);

test(
  "spoilt requests at every door: refused in the contract's words, nothing of the inside, nothing written",
  async () => {
    const random = seededRandom("hostile input");
    const [doors, answers, faults] = [tally(), tally(), tally()];
    const fed = await fedByTriggers(world);
    let calls = 0;
    let refused = 0;
    let all: readonly WireCall[] = [];
    let choices: readonly (readonly WireCall[])[] = [];
    let state: Record<string, string> = {};
    let written = new Set<string>();
    world.quiet = true;

    while (calls < CALLS) {
      if (calls % ROUND === 0) {
        await world.db.exec("DELETE FROM rate_limits; DELETE FROM minimum_proofs;");
        all = await everyDoor(world);
        // Stripe's word has the most ways to be wrong.
        const byDoor = Map.groupBy(all, ({ door }) => door);
        const events = byDoor.get("webhook") ?? [];
        choices = [...byDoor.values(), events, events, events];
        state = await databaseState(world);
      }
      const call = spoilt(asFirstSent(random.pick(random.pick(choices))), all, random);
      const request = await requestOf(call, world.clock.now());
      if (!request) continue;
      calls += 1;
      const logged = world.log.length;
      world.database.reset();
      const answer = await wireAnswer(await world.send(request));
      doors.add(call.door);
      answers.add(answer.code ?? String(answer.status));
      if (answer.refused) refused += 1;

      const tables = [...world.database.written()];
      const found = faultsOf(call, answer);
      for (const { event, name, code, fault } of world.log.slice(logged)) {
        if (event === "internal") found.push(`logged ${name} ${code} ${fault ?? ""}`);
      }
      const amiss = answer.refused ? tables.filter((table) => !mayWrite(call, answer, table)) : [];
      if (amiss.length > 0) found.push(`refused, and wrote ${amiss}`);
      for (const what of found) faults.add(`${call.door}: ${what}`, () => told(call, answer));

      for (const table of tables) for (const other of fed.get(table) ?? [table]) written.add(other);
      if (calls % BATCH !== 0) continue;
      // What no call says to have written is as it was, whatever wrote it.
      const next = await databaseState(world);
      for (const table of Object.keys(next)) {
        if (next[table] !== state[table] && !written.has(table)) faults.add(`${table} changed, and nobody wrote it`);
      }
      written = new Set();
      // And what is asked rightly is answered, whatever was tried before.
      if ((await world.fetch("/health")).status !== 200) faults.add("not healthy any more");
      const right = asFirstSent(random.pick(random.pick(choices)));
      const valid = await requestOf(right, world.clock.now());
      const answered = valid && (await wireAnswer(await world.send(valid)));
      if (answered)
        for (const what of faultsOf(right, answered)) faults.add(`unspoilt: ${what}`, () => told(right, answered));
      state = await databaseState(world);
    }
    world.quiet = false;
    console.info(
      `${calls} spoilt requests at ${doors.size} doors: ${refused} refused, ${calls - refused} that still made sense; the whole database compared ${calls / BATCH} times; ${faults.size} faults`,
    );
    console.info(`doors: ${doors.listed()}`);
    console.info(`answers: ${answers.listed()}`);
    expect(faults.examples()).toEqual([]);
  },
  LONG ? 7_200_000 : 600_000,
);

const mayWrite = (call: WireCall, answer: WireAnswer, table: string) =>
  BY_REFUSING.some(
    ({ door, code, tables }) =>
      door.test(call.door) && (code === undefined || code === answer.code) && tables.includes(table),
  );

/** Each table that a trigger feeds others from, with itself and those. */
async function fedByTriggers(at: World): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const triggers = await at.all<{ tbl_name: string; sql: string }>(
    "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
  );
  const fed = new Map<string, Set<string>>();
  for (const { tbl_name: table, sql } of triggers) {
    const known = fed.get(table) ?? new Set([table]);
    for (const [, other = ""] of sql.matchAll(/(?:INSERT INTO|UPDATE) (\w+)/g)) known.add(other);
    fed.set(table, known);
  }
  return fed;
}
