import { beforeAll, expect, test } from "vitest";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { createWorld, type World } from "../support/world.ts";
import { READY_WRITES } from "./ready-writes.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** How many call at once. */
const CROWDS = partNumber === undefined ? [2, 12] : [2, 3, 5, 12, 50, 100, 200];
/** What the loser of a race with a key of its own is told. */
const LATE = ["stale_state", "ineligible_state"];
let keys = 0;

test.for(READY_WRITES.map((it) => [it.write.name, it] as const))(
  "%s: of any number at once one wins, with one key and with many",
  { timeout: 3_600_000 },
  async ([, it], { task }) => {
    const doors = await it.open(world, it.actor);
    let [races, calls, mostWinners, mostEffects] = [0, 0, 0, 0];
    for (const crowd of CROWDS) {
      for (const oneKey of [true, false]) {
        // A write that may be done again about one version has a winner for each key.
        if (it.again && !oneKey) continue;
        await world.db.exec("DELETE FROM bound_counts");
        await world.sandbox.reset();
        const { input, ...envelope } = await it.ready(world, it.actor);
        const first = ++keys;
        const keyOf = (index: number) => `racer-${first}-${oneKey ? 0 : index}`;
        const answers = await Promise.all(
          Array.from({ length: crowd }, (_, index) =>
            (index % 2 ? doors.mcp : doors.http)({ ...input, ...envelope, idempotencyKey: keyOf(index) }),
          ),
        );
        const told = answers.map(({ text }) => text).join("\n");
        const done = answers.filter(({ code }) => code === undefined);
        const winners = done.filter(({ body }) => body.replayed === false);
        expect(winners.length, told).toBe(1);
        const refusals = new Set(answers.flatMap(({ code }) => code ?? []));
        const allowed = oneKey ? ["operation_in_progress"] : LATE;
        expect(allowed, told).toEqual(expect.arrayContaining([...refusals]));
        if (!oneKey) expect(done, told).toHaveLength(1);
        // Whoever was answered was answered the same.
        expect(new Set(done.map(({ body }) => JSON.stringify(body.result))).size).toBe(1);
        const effects = await world.all<{ n: number }>(
          `SELECT count(*) AS n FROM (SELECT operation_id FROM ${it.effect}) AS done
           JOIN operations ON operations.id = done.operation_id WHERE operations.idempotency_key LIKE ?`,
          `racer-${first}-%`,
        );
        expect(effects, told).toEqual([{ n: 1 }]);
        mostWinners = Math.max(mostWinners, winners.length);
        mostEffects = Math.max(mostEffects, effects[0]?.n ?? 0);
        races += 1;
        calls += crowd;
      }
    }
    tell(task, "P3", {
      counts: { races, calls },
      worst: { racers: Math.max(...CROWDS), "winners of a race": mostWinners, "effects of a race": mostEffects },
    });
  },
);
