import { beforeAll, beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";

describeInWorld("a busy Stripe account", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });
  beforeEach(async () => {
    await world.all("UPDATE checkout_intents SET status = 'expired' WHERE status = 'blocked'");
    world.quiet = true;
  });

  /** Sessions of other customers, spread evenly over the seconds from now on. */
  async function crowd(count: number, seconds: number): Promise<void> {
    const { SANDBOX_DB: db } = world.bindings;
    const [one] = await world.sandbox.sessions();
    const { line_items: _, ...body } = one ?? (await ownSession());
    const start = Math.floor(world.clock.now() / 1000);
    await db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?2 - 1), made AS (SELECT i, ?3 + CAST(i * ?4 / ?2 AS INTEGER) AS at FROM n)
       INSERT INTO objects (id, object, livemode, created, body, hidden)
       SELECT 'cs_test_crowd' || at || 'x' || i, 'checkout.session', 0, at,
         json_set(?1, '$.id', 'cs_test_crowd' || at || 'x' || i, '$.created', at, '$.client_reference_id', 'order-' || i, '$.status', 'expired'),
         '{"lineItems":[],"paymentIntentMetadata":{},"subscriptionMetadata":{}}'
       FROM made`,
      )
      .bind(JSON.stringify(body), count, start, seconds)
      .run();
  }

  async function ownSession() {
    await doors.http(await launchPassCall(world));
    const [session] = await world.sandbox.sessions();
    if (!session) throw new Error("no session");
    return session;
  }

  /** A checkout whose call to Stripe was answered with a stored error, and whose sessions could not be listed then. */
  async function lost(withSession: boolean) {
    // A template for the crowd, out of the way.
    const template = await ownSession();
    await world.advance(3600);
    const fault = withSession ? "stored_500_after" : "stored_500";
    await world.sandbox.fault({ target: "api", path: CREATE, kind: fault });
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before" });
    const call = await launchPassCall(world);
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    await world.sandbox.clearFaults();
    return { call, template };
  }

  const searches = async () =>
    (await world.sandbox.calls()).filter(({ method, path }) => `${method} ${path}` === LIST).length;
  const own = async () =>
    (await world.sandbox.sessions()).filter(({ client_reference_id: name }) => name?.startsWith("checkout-intent-"));
  const stateOf = async (key: string) =>
    (await world.all("SELECT status, attempt FROM checkout_intents WHERE idempotency_key = ?", key))[0];

  test.each([
    [450, 3600],
    [450, 240],
    [2000, 7200],
    [2000, 240],
  ])("of %i sessions within %i s ours is found by the next call, or by the next run", async (count, seconds) => {
    for (const finish of ["call", "run"] as const) {
      await world.reset();
      const { call } = await lost(true);
      await crowd(count, seconds);
      await world.advance(seconds);
      const before = await searches();
      if (finish === "run") await world.scheduled();
      else await sessionBehind(world, resultOf(await doors.http(call)));
      const made = (await searches()) - before;
      console.info(`${count} sessions within ${seconds} s, ours found by a ${finish} in ${made} searches`);
      expect(made).toBeLessThanOrEqual(3);
      expect(await stateOf(call.idempotencyKey)).toMatchObject({ status: "open", attempt: 1 });
      expect(await own()).toHaveLength(2);
    }
  });

  test.each([
    ["an hour, most of them afterwards", 700, 3600, 6],
    ["a minute", 700, 60, 35],
    ["four minutes", 2000, 240, 50],
    ["a day, most of them afterwards", 20_000, 80_000, 8],
  ])(
    "sessions of %s and none is ours: two runs at most read the time of the call alone",
    async (what, count, seconds, most) => {
      const { call } = await lost(false);
      await crowd(count, seconds);
      await world.advance(Math.min(seconds, 20 * 3600) + 600);
      const before = await searches();
      let runs = 0;
      for (; runs < 2 && (await own()).length < 2; runs++) await world.scheduled();
      const made = (await searches()) - before;
      console.info(`${count} sessions within ${what}: ${made} pages read in ${runs} runs, and the next session made`);
      expect(await stateOf(call.idempotencyKey)).toMatchObject({ status: "open", attempt: 2 });
      expect(made).toBeLessThanOrEqual(most);
      await sessionBehind(world, resultOf(await doors.http(call)));
    },
  );

  test("calls alone get there in steps, five pages each", async () => {
    const { call } = await lost(false);
    await crowd(2000, 240);
    await world.advance(3600);
    let calls = 0;
    for (let code: string | undefined = "outcome_unknown"; code === "outcome_unknown" && calls < 12; calls++) {
      const before = await searches();
      code = (await doors.http(call)).code;
      expect((await searches()) - before).toBeLessThanOrEqual(5);
      expect(code === "outcome_unknown" || code === undefined).toBe(true);
    }
    console.info(`2000 sessions within 240 s: ${calls} calls until the next session was made`);
    expect(calls).toBeLessThanOrEqual(12);
    expect(await stateOf(call.idempotencyKey)).toMatchObject({ status: "open", attempt: 2 });
  });

  test("near its end a checkout becomes expired once the sessions of its calls were looked at", async () => {
    const { call } = await lost(false);
    await crowd(2000, 240);
    await world.advance(23 * 3600 - 1200);
    const states: unknown[] = [];
    for (let calls = 0; calls < 12 && states.at(-1) !== "expired"; calls++) {
      const { code } = await doors.http(call);
      const status = (await stateOf(call.idempotencyKey))?.status;
      expect(code).toBe(status === "expired" ? "ineligible_state" : "outcome_unknown");
      states.push(status);
    }
    expect(states.slice(0, 2)).toEqual(["blocked", "blocked"]);
    expect(states.at(-1)).toBe("expired");
    expect(await own()).toHaveLength(1);
  });

  test("a checkout whose sessions Stripe never shows is expired once its session would have ended", async () => {
    const { call } = await lost(false);
    await world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before", times: 50 });
    await world.advance(22 * 3600 + 2400);
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    await world.advance(3600);
    expect((await doors.http(call)).code).toBe("ineligible_state");
    expect(await stateOf(call.idempotencyKey)).toMatchObject({ status: "expired" });
  });
});
