import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HealReport } from "../../src/commerce/heal/heal.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow, resultOf } from "../support/launch-pass.ts";
import { planCall, planDoors, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";

const LIVE = {
  STRIPE_MAX_MODE: "live",
  STRIPE_SECRET_KEY_LIVE: "sk_live_000000000000000000000000",
  STRIPE_WEBHOOK_SECRET_LIVE: "whsec_test_live_secret",
  STRIPE_API_BASE_URL: undefined,
};

describeInWorld("one of many that fails", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
    await world.all("UPDATE checkout_intents SET check_at = NULL, status = 'expired' WHERE status = 'open'");
    await world.all("DELETE FROM heal_cursors");
    await world.all("DELETE FROM scheduled_runs");
    await world.all("DELETE FROM stripe_webhook_events");
    await world.scheduled();
    world.log.length = 0;
  });
  afterEach(async () => {
    vi.unstubAllGlobals();
    await world.all("DROP TRIGGER IF EXISTS defect");
  });

  async function run(): Promise<HealReport> {
    await world.all("DELETE FROM scheduled_runs");
    await world.scheduled();
    const [row] = await world.all<{ report_json: string }>("SELECT report_json FROM scheduled_runs");
    return JSON.parse(row?.report_json ?? "") as HealReport;
  }

  /** Checkouts whose page is open; their sessions' ids. */
  async function openCheckouts(count: number) {
    const sessions: { intentId: string; sessionId: string }[] = [];
    for (let made = 0; made < count; made++) {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      const { stripe_checkout_session_id: id } = await intentRow(world, checkoutIntentId);
      sessions.push({ intentId: checkoutIntentId, sessionId: String(id) });
    }
    return sessions;
  }

  /** The network to Stripe: what it does to a request, and the paths that were asked for. */
  function network(strike: (path: string, request: Request) => Response | Promise<Response> | undefined) {
    const asked: string[] = [];
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return (await strike(pathname, request)) ?? real(request);
    });
    return asked;
  }

  const stripeError = (status: number, type: string) =>
    Response.json({ error: { type, message: "somebody@example.com is refused" } }, { status });

  test("of forty open checkouts five always fail, each in its own way: every run reaches all the others, and those again", async () => {
    const all = await openCheckouts(40);
    // Those that fail wait longest, so that they come first.
    const [fails, resets, malformed, unknown, defect, ...others] = all;
    if (!fails || !resets || !malformed || !unknown || !defect) throw new Error("too few");
    await world.all(
      `CREATE TRIGGER defect BEFORE UPDATE ON checkout_intents WHEN OLD.id = '${defect.intentId}' AND NEW.status = 'paid' BEGIN SELECT RAISE(ABORT, 'a defect'); END`,
    );
    await world.sandbox.fault({ target: "event", kind: "never_generated", times: 1000 });
    await world.sandbox.pay(defect.sessionId, "paid");
    await world.advance(600);
    const asked = network((path) => {
      if (path.endsWith(fails.sessionId)) return stripeError(500, "api_error");
      if (path.endsWith(resets.sessionId)) return Promise.reject(new TypeError("Network connection lost."));
      if (path.endsWith(malformed.sessionId)) return Response.json({ object: "checkout.session", id: 7, status: {} });
      if (path.endsWith(unknown.sessionId)) return stripeError(404, "invalid_request_error");
      return undefined;
    });
    world.quiet = true;
    for (let turn = 1; turn <= 2; turn++) {
      asked.length = 0;
      const { purchases, stripe } = await run();
      const of = (sessions: typeof all) => sessions.filter(({ sessionId }) => asked.some((p) => p.endsWith(sessionId)));
      expect([turn, of(others).length, of(all).length]).toEqual([turn, 35, 40]);
      expect(purchases).toMatchObject({ asked: 40, failed: 5 });
      expect(stripe).toEqual({ sandbox: "reached" });
      await world.advance(3 * 3600);
    }
    expect(JSON.stringify(world.log)).not.toMatch(/example\.com|cs_test_|a defect/);
    expect(world.log.filter(({ code }) => code === "not_checked")).toHaveLength(10);
    expect((await intentRow(world, defect.intentId)).status).toBe("open");
    await world.all("DROP TRIGGER defect");
    await world.advance(3 * 3600);
    await run();
    expect((await intentRow(world, defect.intentId)).status).toBe("paid");
  });

  async function livePlan() {
    world.restart(LIVE);
    const doors = await planDoors(world);
    const plan = resultOf(await doors.http(await planCall(world)));
    await world.sandbox.fault({ target: "event", kind: "never_generated", times: 1000 });
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    return plan;
  }

  const isLive = (request: Request) => request.headers.get("Authorization")?.includes("sk_live_") === true;

  test("a mode whose key is refused stops for the run at its first call, and the other goes on", async () => {
    const [open] = await openCheckouts(1);
    const plan = await livePlan();
    await world.sandbox.pay(open?.sessionId ?? "", "paid");
    await world.advance(600);
    let refusals = 0;
    network((_path, request) => {
      if (!isLive(request)) return undefined;
      refusals++;
      return stripeError(401, "invalid_request_error");
    });
    world.quiet = true;
    const { stripe, events, purchases } = await run();
    expect(stripe).toEqual({ sandbox: "reached", live: "key_refused" });
    expect(events).toMatchObject({ sandbox: { caughtUp: true }, live: "broke_off" });
    expect([purchases, refusals]).toMatchObject([{ asked: 1, failed: 0 }, 1]);
    expect((await intentRow(world, open?.intentId ?? "")).status).toBe("paid");
    expect((await intentRow(world, plan.checkoutIntentId)).status).toBe("open");
    vi.unstubAllGlobals();
    await run();
    expect((await intentRow(world, plan.checkoutIntentId)).status).toBe("paid");
  });

  test("a restricted key that may not read one kind of object costs what needs it, and nothing else", async () => {
    const all = await openCheckouts(4);
    await world.sandbox.fault({ target: "event", kind: "never_generated", times: 1000 });
    for (const { sessionId } of all.slice(0, 2)) await world.sandbox.pay(sessionId, "paid");
    for (const { sessionId } of all.slice(2)) await world.sandbox.expire(sessionId);
    await world.advance(600);
    world.quiet = true;
    network((path) =>
      path.startsWith("/v1/events") || path.startsWith("/v1/disputes")
        ? stripeError(403, "invalid_request_error")
        : undefined,
    );
    const { stripe, events, purchases } = await run();
    expect(stripe).toEqual({ sandbox: "rights_missing" });
    expect(events).toEqual({ sandbox: "broke_off" });
    expect(purchases).toMatchObject({ asked: 4, failed: 2 });
    const statuses = async () =>
      Promise.all(all.map(async ({ intentId }) => String((await intentRow(world, intentId)).status)));
    expect(await statuses()).toEqual(["open", "open", "expired", "expired"]);
    vi.unstubAllGlobals();
    await world.advance(3 * 3600);
    await run();
    expect(await statuses()).toEqual(["paid", "paid", "expired", "expired"]);
  });

  test.each([
    ["does not answer", () => Promise.reject(new TypeError("Network connection lost."))],
    ["takes no more calls", () => stripeError(429, "invalid_request_error")],
  ])(
    "a Stripe that %s is left alone after three calls, and what waits is tried by the next run",
    async (_what, strike) => {
      const all = await openCheckouts(8);
      await world.sandbox.fault({ target: "event", kind: "never_generated", times: 1000 });
      for (const { sessionId } of all) await world.sandbox.pay(sessionId, "paid");
      await world.advance(600);
      const asked = network((path) => (path.includes("/sessions/") ? strike() : undefined));
      world.quiet = true;
      const { stripe, purchases } = await run();
      expect(stripe).toEqual({ sandbox: "no_answer" });
      expect(purchases).toMatchObject({ asked: 3, failed: 3 });
      expect(asked.filter((path) => path.includes("/sessions/"))).toHaveLength(3);
      vi.unstubAllGlobals();
      await run();
      const paid = await world.all("SELECT id FROM checkout_intents WHERE status = 'paid' AND check_at IS NOT NULL");
      expect(paid.filter(({ id }) => all.some(({ intentId }) => intentId === id))).toHaveLength(5);
      await world.advance(3600);
      await run();
      for (const { intentId } of all) expect((await intentRow(world, intentId)).status).toBe("paid");
    },
  );

  test("nothing of a mode without a key is read, and the other mode is healed", async () => {
    const plan = await livePlan();
    const [open] = await openCheckouts(1);
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    await world.sandbox.clearFaults();
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    );
    world.quiet = true;
    await world.deliver();
    await world.all("DROP TRIGGER defect");
    const columns = await world.all<{ name: string }>("SELECT name FROM pragma_table_info('stripe_webhook_events')");
    const others = columns.map(({ name }) => name).filter((name) => !["id", "livemode", "reference"].includes(name));
    // Two dozen of live mode failed long before the one of the sandbox.
    await world.all(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
     INSERT INTO stripe_webhook_events (id, livemode, reference, ${others.join(", ")})
     SELECT 'evt_live' || i, 1, 'stripe-event-live-' || i, ${others.map((name) => (name === "received_at" ? "received_at - 100000" : name)).join(", ")}
     FROM stripe_webhook_events, n WHERE status = 'failed'`,
    );
    await world.all(
      "UPDATE operations SET status = 'pending', answer_sealed = NULL, arguments_sealed = 'kept' WHERE id = (SELECT operation_id FROM checkout_intents WHERE id = ?)",
      plan.checkoutIntentId,
    );
    world.restart();
    await world.advance(600);
    world.log.length = 0;
    const { failedEvents, operations, purchases, events, stripe } = await run();
    expect(Object.keys(events)).toEqual(["sandbox"]);
    expect(stripe).toEqual({ sandbox: "reached" });
    expect(failedEvents).toMatchObject({ tried: 1, applied: 1, failed: 0 });
    expect(operations).toEqual({ found: 0, settled: 0 });
    expect(purchases).toMatchObject({ asked: 1, failed: 0 });
    expect((await intentRow(world, checkoutIntentId)).status).toBe("paid");
    expect((await intentRow(world, open?.intentId ?? "")).status).toBe("open");
    const untouched = await world.all("SELECT id FROM stripe_webhook_events WHERE livemode = 1 AND attempts = 1");
    expect(untouched).toHaveLength(24);
  });

  test("an event that Stripe does not give is tried ever less often, and the others are tried beside it", async () => {
    for (let made = 0; made < 3; made++) {
      await sale(world, { outcome: "none" });
      await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    }
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    );
    world.quiet = true;
    await world.deliver();
    await world.all("DROP TRIGGER defect");
    const [first] = await world.all<{ id: string }>(
      "SELECT id FROM stripe_webhook_events WHERE status = 'failed' ORDER BY received_at",
    );
    network((path) => (path.endsWith(first?.id ?? "none") ? stripeError(500, "api_error") : undefined));
    const tries: number[] = [];
    for (let minutes = 0; minutes < 20; minutes++) {
      await world.advance(60);
      const { failedEvents } = await run();
      if (typeof failedEvents === "object" && failedEvents.tried > 0) tries.push(failedEvents.failed);
    }
    // After two minutes with the others, then four and eight minutes later alone.
    expect(tries).toEqual([1, 1, 1]);
    expect(await world.all("SELECT id FROM stripe_webhook_events WHERE status = 'failed'")).toEqual([
      { id: first?.id },
    ]);
  });
});
