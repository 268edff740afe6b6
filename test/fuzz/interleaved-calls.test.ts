import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import type { Doors, Person } from "../support/doors.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { createWorld, type World } from "../support/world.ts";
import { READY_WRITES } from "./ready-writes.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** Races of a write. Elsewhere many call at once and the database decides who comes first; here the test does. */
const RACES = size({ ci: 6, part: 24 });

/**
 * Lets calls run at once, each round trip to the database when the scheduler says: it takes one of those that wait once
 * every call that is not over waits for one.
 */
async function interleaved<T>(scheduler: fc.Scheduler, calls: readonly (() => Promise<T>)[]): Promise<T[]> {
  let running = calls.length;
  let stand = Promise.withResolvers<void>();
  const look = () => {
    if (scheduler.count() >= running) stand.resolve();
  };
  world.database.takeTurns(async () => {
    turns += 1;
    const turn = scheduler.schedule(Promise.resolve(), "round trip");
    look();
    await turn;
  });
  const answers = calls.map((call) =>
    call().finally(() => {
      running -= 1;
      look();
    }),
  );
  while (running > 0) {
    await stand.promise;
    stand = Promise.withResolvers();
    if (scheduler.count() > 0) await scheduler.waitNext(1);
    look();
  }
  world.database.reset();
  return Promise.all(answers);
}

const races = fc.record({
  scheduler: fc.scheduler(),
  oneKey: fc.boolean(),
  doors: fc.array(fc.constantFrom("http", "mcp"), { minLength: 2, maxLength: 4 }),
});
let keys = 0;
/** Round trips of the write that is tried. */
let turns = 0;

test.for(READY_WRITES.map((it) => [it.write.name, it] as const))(
  "%s: whatever the order of round trips, one effect a key, and one a version unless it may be done again",
  { timeout: 3_600_000 },
  async ([name, it], { task }) => {
    const person: Person = it.actor;
    let opened: Doors | undefined;
    turns = 0;
    let won = 0;
    const worst = { winners: 0, lost: 0 };
    await holds(`${name}, interleaved`, races, { runs: RACES }, async ({ scheduler, oneKey, doors }) => {
      await world.db.exec("DELETE FROM bound_counts");
      opened ??= await it.open(world, person);
      const through = opened;
      const { input, ...envelope } = await it.ready(world, person);
      const shared = `interleaved-${++keys}`;
      const made = doors.map((door) => {
        const idempotencyKey = oneKey ? shared : `interleaved-${++keys}`;
        return () => through[door]({ ...input, ...envelope, idempotencyKey });
      });
      const answers = await interleaved(scheduler, made);
      const done = answers.filter(({ code }) => code === undefined);
      won += done.length;
      const told = answers.map(({ text }) => text).join("\n");
      for (const { code } of answers) {
        if (code === undefined) continue;
        expect(oneKey ? ["operation_in_progress"] : ["stale_state", "ineligible_state"], told).toContain(code);
      }
      const effects = await world.all<{ effects: number }>(
        `SELECT count(*) AS effects FROM (SELECT operation_id FROM ${it.effect}) AS done
         JOIN operations ON operations.id = done.operation_id WHERE operations.idempotency_key IN (${made.map(() => "?").join()})`,
        ...made.map((_, index) => (oneKey ? shared : `interleaved-${keys - index}`)),
      );
      const most = oneKey ? 1 : it.again ? made.length : 1;
      expect(effects[0]?.effects, told).toBe(most);
      if (oneKey) {
        const same = new Set(done.map(({ text }) => text.replace('"replayed":false', '"replayed":true')));
        expect(same.size, told).toBe(1);
        expect(done.filter(({ body }) => body.replayed === false).length, told).toBeLessThanOrEqual(1);
      } else {
        expect(done.length, told).toBe(most);
        if (!it.again) worst.winners = Math.max(worst.winners, done.length);
        worst.lost = Math.max(worst.lost, done.length - Number(effects[0]?.effects));
      }
    });
    expect(won).toBeGreaterThan(0);
    tell(task, "P10", {
      counts: { "races in a chosen order": RACES, "round trips put in order": turns, answers: won },
      worst: { "winners of a version": worst.winners, "lost updates": worst.lost },
    });
    console.info(`${name}: ${won} answers out of ${RACES} races whose every round trip was put in order`);
  },
);

const REVIEWS = { mark_reviewed: "owner_reviewed", hold_for_review: "owner_hold" } as const;
type Review = keyof typeof REVIEWS;
const reviewsAtOnce = fc.record({
  scheduler: fc.scheduler(),
  reviews: fc.array(
    fc.record({
      door: fc.constantFrom("http" as const, "mcp" as const),
      actionKind: fc.constantFrom(...(Object.keys(REVIEWS) as Review[])),
    }),
    { minLength: 2, maxLength: 4 },
  ),
});

test("while the clock stands at the time of a version, one review of that version is done, in any order of round trips", {
  timeout: 3_600_000,
}, async ({ task }) => {
  const review = READY_WRITES.find(({ write }) => write.name === reviewCommissionEvidence.name);
  if (!review) throw new Error("no review");
  const doors = await review.open(world, review.actor);
  const worst = { "winners of a version": 0, "lost updates": 0 };
  turns = 0;
  await holds("reviews while the clock stands", reviewsAtOnce, { runs: RACES }, async ({ scheduler, reviews }) => {
    const { input, ...envelope } = await review.ready(world, review.actor);
    const version = Date.parse(envelope.expectedUpdatedAt);
    const clock = vi.spyOn(world.clock, "now").mockReturnValue(version);
    const calls = reviews.map(({ door, actionKind }) => {
      const idempotencyKey = `standing-${++keys}`;
      return async () => ({
        actionKind,
        answer: await doors[door]({ ...input, ...envelope, actionKind, idempotencyKey }),
      });
    });
    const all = await interleaved(scheduler, calls).finally(() => clock.mockRestore());
    const told = all.map(({ answer }) => answer.text).join("\n");
    const done = all.filter(({ answer }) => answer.code === undefined);
    for (const { answer } of all) expect([undefined, "stale_state"], told).toContain(answer.code);
    expect(done.length, told).toBe(1);
    const [entry] = await world.all<{ review_status: string; updated_at: number; actions: number }>(
      `SELECT review_status, updated_at, (SELECT count(*) FROM affiliate_commission_ledger_actions
         WHERE commission_ledger_id = entry.id) AS actions
       FROM affiliate_commission_ledger_entries AS entry WHERE id = ?`,
      input.commissionLedgerId,
    );
    expect(entry, told).toEqual({
      review_status: done[0] && REVIEWS[done[0].actionKind],
      updated_at: version + 1,
      actions: 1,
    });
    worst["winners of a version"] = Math.max(worst["winners of a version"], done.length);
    worst["lost updates"] = Math.max(worst["lost updates"], done.length - Number(entry?.actions));
  });
  expect(turns).toBeGreaterThan(0);
  tell(task, "P10", { counts: { "races while the clock stands": RACES, "round trips put in order": turns }, worst });
});
