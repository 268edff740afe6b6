import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { databaseState } from "../support/database-state.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { createWorld, type World } from "../support/world.ts";
import { faultsOf, type WireAnswer, wireAnswer } from "./answers.ts";
import { everyDoor } from "./every-door.ts";
import { pick, spoilt } from "./spoil.ts";
import { tally } from "./tally.ts";
import { asFirstSent, requestOf, told, type WireCall } from "./wire.ts";

const CALLS = size({ ci: 1_000, part: 8_000 });
/** After so many calls every client connects anew: used or revoked tokens are replaced. */
const ROUND = 10_000;
/** How many calls at most share one comparison of the whole database. */
const BATCH = 50;

/**
 * What a refusal may write beside counters of attempts, by the door that it was sent to: that a bound was met, an approval that waits for its
 * person, a grant that ends since its code or refresh token came twice (RFC 9700 section 4.14), a wrong code that counts.
 */
const BY_REFUSING: readonly { readonly door: RegExp; readonly code?: string; readonly tables: readonly string[] }[] = [
  { door: /./, tables: ["bound_counts"] },
  { door: /./, code: "rate_limited", tables: ["bounds_met"] },
  { door: /^mcp|^http/, code: "approval_required", tables: ["approvals", "payment_audit_events", "mail_outbox"] },
  { door: /^oauth token/, tables: ["oauth_grants", "oauth_grant_records", "oauth_token_uses"] },
  { door: /^account|^sign-in/, tables: ["second_factors"] },
];

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);

/** Which of the requests that are known, counted around: by its door, and of those the door has. */
const requests = fc.record({ door: fc.nat(), call: fc.nat() });
const batches = fc.record({
  spoilt: fc.array(fc.record({ request: requests, spoil: spoilt }), { minLength: 1, maxLength: BATCH, size: "max" }),
  right: requests,
});

test("spoilt requests at every door: refused in the contract's words, nothing of the inside, nothing written", async ({
  task,
}) => {
  const [doors, answers] = [tally(), tally()];
  const alongside = await changingWith(world);
  let [calls, refused, compared, renewed] = [0, 0, 0, 0];
  let all: readonly WireCall[] = [];
  let choices: readonly (readonly WireCall[])[] = [];
  const requestAt = ({ door, call }: { door: number; call: number }) => asFirstSent(pick(pick(choices, door), call));
  const renew = async () => {
    await world.db.exec("DELETE FROM minimum_proofs");
    all = await everyDoor(world);
    // Stripe's word has the most ways to be wrong.
    const byDoor = Map.groupBy(all, ({ door }) => door);
    const events = byDoor.get("webhook") ?? [];
    choices = [...byDoor.values(), events, events, events];
    renewed = calls + ROUND;
  };
  /** Sends a request, counts it, and finds everything that is wrong with what came of it. */
  const send = async (call: WireCall, request: Request, written: Set<string>) => {
    const logged = world.log.length;
    world.database.reset();
    const answer = await wireAnswer(await world.send(request));
    const tables = [...world.database.written()];
    for (const table of tables) for (const other of alongside.get(table) ?? [table]) written.add(other);
    const faults = faultsOf(call, answer);
    for (const { event, name, code, fault } of world.log.slice(logged)) {
      if (event === "internal") faults.push(`logged ${name} ${code} ${fault ?? ""}`);
    }
    const amiss = answer.refused ? tables.filter((table) => !mayWrite(call, answer, table)) : [];
    if (amiss.length > 0) faults.push(`refused, and wrote ${amiss}`);
    expect(faults, told(call, answer)).toEqual([]);
    return answer;
  };
  world.quiet = true;

  await holds("hostile input", batches, { runs: CALLS / 10, enough: () => calls >= CALLS }, async (batch) => {
    if (calls >= renewed) await renew();
    // One sender would meet the bounds of a day, and test nothing but them.
    await world.db.exec("DELETE FROM bound_counts");
    const before = await databaseState(world);
    const written = new Set<string>();
    for (const { request: which, spoil } of batch.spoilt) {
      const call = spoil(requestAt(which), all);
      const request = await requestOf(call, world.clock.now());
      if (!request) continue;
      calls += 1;
      const answer = await send(call, request, written);
      doors.add(call.door);
      answers.add(answer.code ?? String(answer.status));
      if (answer.refused) refused += 1;
    }
    // What no call says to have written is as it was, whatever wrote it.
    const after = await databaseState(world);
    compared += 1;
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    expect(changed.filter((table) => !written.has(table))).toEqual([]);
    // And what is asked rightly is answered, whatever was tried before.
    expect((await world.fetch("/health")).status).toBe(200);
    const right = requestAt(batch.right);
    const valid = await requestOf(right, world.clock.now());
    if (!valid) return;
    const answer = await wireAnswer(await world.send(valid));
    expect(faultsOf(right, answer), told(right, answer)).toEqual([]);
  });
  world.quiet = false;
  console.info(
    `${calls} spoilt requests at ${doors.size} doors: ${refused} refused, ${calls - refused} that still made sense; the whole database compared ${compared} times; 0 faults`,
  );
  console.info(`doors: ${doors.listed()}`);
  console.info(`answers: ${answers.listed()}`);
  tell(task, "S6", {
    counts: {
      requests: calls,
      refused,
      "answered as sent": calls - refused,
      "comparisons of the whole database": compared,
    },
    worst: { doors: doors.size },
  });
}, 3_600_000);

const mayWrite = (call: WireCall, answer: WireAnswer, table: string) =>
  BY_REFUSING.some(
    ({ door, code, tables }) =>
      door.test(call.door) && (code === undefined || code === answer.code) && tables.includes(table),
  );

/** The tables that change with each table: itself, those that its triggers feed, and those whose rows go with its own. */
async function changingWith(at: World): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const made = await at.all<{ type: string; name: string; tbl_name: string; sql: string }>(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'table') AND sql IS NOT NULL",
  );
  const pairs = made.flatMap(({ type, name, tbl_name: table, sql }): [table: string, other: string][] =>
    type === "trigger"
      ? [...sql.matchAll(/(?:INSERT INTO|UPDATE) (\w+)/g)].map(([, fed = ""]) => [table, fed])
      : [...sql.matchAll(/REFERENCES [`"]?(\w+)[`"]? ?\([^)]*\)[^,]*ON DELETE CASCADE/gi)].map(([, owner = ""]) => [
          owner,
          name,
        ]),
  );
  const found = new Map<string, Set<string>>();
  for (const [table, other] of pairs) found.set(table, (found.get(table) ?? new Set([table])).add(other));
  return found;
}
