import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HealReport } from "../../src/commerce/heal/heal.ts";
import { databaseState } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { checkoutDoors, intentRow, launchPassCall } from "../support/launch-pass.ts";
import {
  type OpenPlan,
  openPlan,
  planCall,
  planDoors,
  planOf,
  sellSeveralPlans,
  subscriptionOf,
  withoutPlans,
} from "../support/plans.ts";
import { audited, outcome } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import type { Fault } from "../support/watched-database.ts";

const DAY = 86_400;
describeInWorld("the scheduled run", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await planDoors(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await quiet();
  });

  /** Nothing of earlier tests waits, and the event list was read up to now. */
  async function quiet(): Promise<void> {
    await world.all(
      "UPDATE checkout_intents SET status = 'expired' WHERE status IN ('open', 'created', 'completed', 'blocked')",
    );
    await world.all("UPDATE checkout_intents SET check_at = NULL, stripe_checkout_session_id = NULL");
    await world.all("DELETE FROM heal_cursors");
    await world.all("DELETE FROM scheduled_runs");
    await world.all("DELETE FROM stripe_webhook_events");
    await world.scheduled();
  }

  async function run(): Promise<HealReport> {
    await world.scheduled();
    const rows = await world.all<{ report_json: string; finished_at: number }>("SELECT * FROM scheduled_runs");
    const newest = rows.reduce((best, row) => (row.finished_at >= best.finished_at ? row : best));
    return JSON.parse(newest.report_json) as HealReport;
  }

  /** A launch pass that was paid while no webhook arrived. */
  async function soldUnheard(outcome: "paid" | "delayed" = "paid") {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    if (!session) throw new Error("no session");
    await world.sandbox.pay(session.id, outcome);
    return { checkoutIntentId, session };
  }

  async function passOf(checkoutIntentId: string) {
    const { status } = await intentRow(world, checkoutIntentId);
    const rows = await world.all<{ status: string }>(
      "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    return `${status}: ${rows.map((row) => row.status).join(",")}`;
  }

  const paymentIntentOf = async (id: string) =>
    String((await world.sandbox.sessions()).find((session) => session.id === id)?.payment_intent);

  const lives: Record<string, (wait: () => Promise<void>) => Promise<() => Promise<void>>> = {
    paid: async () => {
      const { checkoutIntentId } = await soldUnheard();
      return async () => expect(await passOf(checkoutIntentId)).toBe("paid: active,active");
    },
    "failed late": async (wait) => {
      const { checkoutIntentId, session } = await soldUnheard("delayed");
      await wait();
      await world.sandbox.settle(session.id, "failed");
      return async () => expect(await passOf(checkoutIntentId)).toBe("failed: ");
    },
    "never paid": async (wait) => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      await world.advance(DAY);
      await wait();
      return async () => expect(await passOf(checkoutIntentId)).toBe("expired: ");
    },
    "refunded in full": async (wait) => {
      const { checkoutIntentId, session } = await soldUnheard();
      await wait();
      await world.sandbox.refund({ paymentIntent: await paymentIntentOf(session.id) });
      return async () => expect(await passOf(checkoutIntentId)).toBe("refunded: inactive,inactive");
    },
    "disputed and lost": async (wait) => {
      const { checkoutIntentId, session } = await soldUnheard();
      await wait();
      const dispute = await world.sandbox.dispute({ paymentIntent: await paymentIntentOf(session.id) });
      await wait();
      await world.sandbox.moveDispute(dispute.id, "lost");
      return async () => expect(await passOf(checkoutIntentId)).toBe("disputed: inactive,inactive");
    },
    "a plan, canceled": async (wait) => {
      const plan = await paidPlan("experiment");
      await wait();
      await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
      return async () => expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    },
    "a plan, going on": async () => {
      const plan = await paidPlan("grow");
      return async () => {
        const now = world.clock.now();
        const has = await planOf(world, plan);
        expect(has).toMatchObject({ status: "active" });
        expect(Number(has?.ends_at)).toBeGreaterThan(now - DAY * 1000);
      };
    },
  };

  async function paidPlan(slug: string): Promise<OpenPlan> {
    const plan = await openPlan(world, doors.http, { slug, setup: true });
    await world.sandbox.pay(plan.sessionId, "paid");
    return plan;
  }

  async function allLives(wait: () => Promise<void>): Promise<() => Promise<void>> {
    await sellSeveralPlans(world);
    const checks: (() => Promise<void>)[] = [];
    for (const live of Object.values(lives)) checks.push(await live(wait));
    return async () => {
      for (const check of checks) await check();
    };
  }

  /** Runs until the event list is read and nothing changes any more, as the schedule would; how many runs it took. */
  async function healed(): Promise<number> {
    for (let runs = 1; runs <= 30; runs++) {
      const { events, purchases } = await run();
      const sandbox = events.sandbox;
      if (typeof sandbox === "object" && sandbox.caughtUp && typeof purchases === "object" && purchases.changed === 0) {
        return runs;
      }
      await world.advance(15 * 60);
    }
    throw new Error("never healed");
  }

  describe("what webhooks did not bring", () => {
    const outages = [
      ["an hour", 3600, "kept"],
      ["29 days", 29 * DAY, "kept"],
      ["29 days", 29 * DAY, "emptied"],
      ["40 days", 40 * DAY, "kept"],
      ["40 days", 40 * DAY, "emptied"],
    ] as const;
    test.for(outages)(
      "after %s (%i s), with the event list %s, everything is as Stripe has it",
      async ([what, seconds, list], { task }) => {
        const step = Math.floor((seconds - 2 * DAY) / 8);
        const check = await allLives(() => world.advance(Math.max(60, step)));
        await world.advance(seconds > DAY ? 2 * DAY : 600);
        if (list === "emptied") await world.sandbox.forgetEvents();
        const runs = await healed();
        await check();
        const state = await outcome(world);
        // Nothing is left to do, and what comes late changes nothing.
        await world.scheduled();
        if (list === "kept" && seconds <= 30 * DAY) await world.deliver();
        await check();
        if (list === "kept") expect(await outcome(world)).toEqual(state);
        tell(task, "P9", {
          counts: { outages: 1, "purchases healed": Object.keys(lives).length },
          worst: { "days of an outage": Math.round(seconds / DAY), "runs until all was known": runs },
        });
        console.info(`${what}, list ${list}: ${Object.keys(lives).length} purchases healed, quiet at run ${runs}`);
      },
    );

    test("one that Stripe never generated is found by the objects", async ({ task }) => {
      await world.sandbox.fault({ target: "event", kind: "never_generated", times: 1000 });
      const check = await allLives(() => world.advance(DAY));
      await world.advance(2 * DAY);
      const runs = await healed();
      await check();
      tell(task, "P9", {
        counts: { outages: 1, "purchases healed": Object.keys(lives).length },
        worst: { "runs until all was known": runs },
      });
    });

    test("two runs at once do what one does, each change audited once", async () => {
      const { checkoutIntentId } = await soldUnheard();
      const plan = await paidPlan("grow");
      await Promise.all([world.scheduled(), world.scheduled(), world.scheduled()]);
      expect(await passOf(checkoutIntentId)).toBe("paid: active,active");
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
      for (const [kind, count] of [
        ["product_entitlement_granted", 2],
        ["checkout.session.completed", 1],
      ] as const) {
        const rows = await world.all(
          "SELECT id FROM payment_audit_events WHERE event_kind = ? AND checkout_intent_id = ?",
          kind,
          checkoutIntentId,
        );
        expect([kind, rows.length]).toEqual([kind, count]);
      }
      await world.advance(600);
      expect(await audited(world, () => world.scheduled())).toBe(0);
    });

    test("a run whose events fail is not past them; one that finds nothing writes but its record", async () => {
      await world.scheduled();
      const { scheduled_runs: _, heal_cursors: __, ...before } = await databaseState(world);
      await world.scheduled();
      const { scheduled_runs: ___, heal_cursors: ____, ...after } = await databaseState(world);
      expect(after).toEqual(before);
    });
  });

  describe("the cursor", () => {
    const move = (seconds: number) =>
      world.all("UPDATE heal_cursors SET read_up_to = ?", world.clock.now() + seconds * 1000);
    test.each([
      ["ten days early", -10 * DAY],
      ["beyond what Stripe keeps", -60 * DAY],
      ["in the future", 30 * DAY],
      ["a little ahead, as clocks differ", 60],
    ])("%s: what was missed is found by the list alone", async (_what, seconds) => {
      const { checkoutIntentId } = await soldUnheard();
      await move(seconds);
      // The purchase itself is not asked about within two minutes.
      await world.scheduled();
      expect(await passOf(checkoutIntentId)).toBe("paid: active,active");
      const [cursor] = await world.all<{ read_up_to: number }>("SELECT read_up_to FROM heal_cursors");
      expect(Math.abs(Number(cursor?.read_up_to) - world.clock.now())).toBeLessThan(90_000);
    });

    test("too late: the objects still know", async () => {
      const { checkoutIntentId } = await soldUnheard();
      await world.advance(3600);
      await move(0);
      await world.scheduled();
      expect(await passOf(checkoutIntentId)).toBe("paid: active,active");
    });
  });

  describe.each(["kept", "emptied"])("a run that dies, with the event list %s", (list) => {
    async function something() {
      const pass = await soldUnheard();
      const plan = await paidPlan("grow");
      if (list === "emptied") await world.sandbox.forgetEvents();
      await world.advance(300);
      return async () => {
        expect(await passOf(pass.checkoutIntentId)).toBe("paid: active,active");
        expect(await planOf(world, plan)).toMatchObject({ status: "active" });
        await withoutPlans(world);
      };
    }

    test("at any round trip to the database, before it or after: the next run finishes", async ({ task }) => {
      const check = await something();
      world.database.reset();
      await world.scheduled();
      const length = world.database.trips();
      await check();
      let deaths = 0;
      world.quiet = true;
      for (let trip = 1; trip <= length; trip++) {
        for (const fault of ["before", "after"] as Fault[]) {
          const settled = await something();
          // Everything from there on fails, too, in every other case.
          const lost = deaths % 2 ? { [trip]: fault } : lostFrom(trip, fault, length);
          world.database.lose(lost);
          await world.scheduled().catch(() => undefined);
          world.database.reset();
          await world.advance(180);
          await world.scheduled();
          await settled();
          deaths++;
        }
      }
      tell(task, "P9", { counts: { "scheduled runs that died": deaths, "purchases healed": 2 * deaths } });
      console.info(`${deaths} deaths at ${length} round trips, all healed by the next run`);
    });

    test("at any call to Stripe: the next run finishes", async ({ task }) => {
      const check = await something();
      const before = (await world.sandbox.calls()).length;
      await world.scheduled();
      const length = (await world.sandbox.calls()).length - before;
      await check();
      let deaths = 0;
      world.quiet = true;
      for (let call = 0; call < length; call++) {
        for (const kind of ["fail_before", "drop_connection_before", "cut_body"] as const) {
          const settled = await something();
          if (call > 0) await world.sandbox.fault({ target: "api", kind: "delay", ms: 0, times: call });
          await world.sandbox.fault({ target: "api", kind, times: deaths % 2 ? 1 : 100 });
          await world.scheduled().catch(() => undefined);
          await world.sandbox.clearFaults();
          await world.advance(180);
          await world.scheduled();
          await settled();
          deaths++;
        }
      }
      tell(task, "P9", { counts: { "scheduled runs that died": deaths, "purchases healed": 2 * deaths } });
      console.info(`${deaths} faults at ${length} calls to Stripe, all healed by the next run`);
    });

    const lostFrom = (trip: number, fault: Fault, length: number) =>
      Object.fromEntries(Array.from({ length: length * 2 - trip }, (_, index) => [trip + index, fault]));
  });

  describe("unfinished operations", () => {
    test("a checkout whose caller vanished after the claim is finished by the schedule", async () => {
      const passDoors = await checkoutDoors(world);
      world.quiet = true;
      for (const [door, call] of [
        [passDoors.http, await launchPassCall(world, { bump: true })],
        [doors.http, await planCall(world)],
      ] as const) {
        const before = (await world.all("SELECT id FROM operations WHERE status = 'succeeded'")).length;
        world.database.reset();
        world.database.lose({ 3: "before", 4: "before", 5: "before" });
        const answer = await door(call);
        expect(answer.code, answer.text).toBeDefined();
        world.database.reset();
        await world.advance(180);
        const report = await run();
        expect(report.operations).toMatchObject({ found: 1, settled: 1 });
        expect((await world.all("SELECT id FROM operations WHERE status = 'succeeded'")).length).toBe(before + 1);
        const [row] = await world.all(
          "SELECT status FROM checkout_intents WHERE idempotency_key = ?",
          call.idempotencyKey,
        );
        expect(row?.status).toBe("open");
      }
    });
  });

  test("a run keeps within its trips, however much was missed, and comes to an end", async ({ task }) => {
    const missed = size({ ci: 250, part: 2_000 });
    const { session } = await soldUnheard();
    const { line_items: _, ...object } = session;
    for (let made = 0; made < missed; made++) {
      await world.sandbox.event({
        type: "checkout.session.expired",
        object: { ...object, id: `cs_test_foreign${made}000000`, client_reference_id: "order-1", metadata: {} },
      });
    }
    for (let open = 0; open < 30; open++) await sale(world, { outcome: "none" });
    await world.advance(600);
    let runs = 0;
    let most = 0;
    for (let caughtUp = false; !caughtUp; runs++) {
      world.database.reset();
      const calls = (await world.sandbox.calls()).length;
      const { events } = await run();
      // `run` itself looks at the database past the counter.
      const trips = world.database.trips() + (await world.sandbox.calls()).length - calls;
      most = Math.max(most, trips);
      expect(trips).toBeLessThanOrEqual(900);
      caughtUp = typeof events.sandbox === "object" && events.sandbox.caughtUp;
      expect(runs).toBeLessThan(missed / 30 + 5);
      await world.advance(900);
    }
    tell(task, "P9", { counts: { "missed events of others": missed }, worst: { "trips of a run": most } });
    console.info(
      `${missed} missed events and 31 open checkouts: ${runs} runs, at most ${most} calls to Stripe and D1 in one`,
    );
  }, 600_000);
});
