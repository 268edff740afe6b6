import { beforeEach, expect, test } from "vitest";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { CLIENT_KINDS, play } from "../clients/client-kinds.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, intentRow, launchPassCall, resultOf, type Started, sessionBehind } from "../support/launch-pass.ts";
import { counted, type LimitedApp, limitedApp } from "../support/limits.ts";
import { planCall, withoutPlans } from "../support/plans.ts";
import { sale, versionOf } from "../support/sale.ts";
import { pathIn, unconfirmed } from "./asking.ts";

/** Refusals of a call that lost: it waits for its person, or as many wait as may. */
const LOST = ["approval_required", "rate_limited"];

describeInWorld("what counts against the number of a day", { reset: true }, (world) => {
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
    // Those of earlier tests are unknown to the emptied sandbox.
    await world.all(
      "UPDATE checkout_intents SET status = 'canceled', check_at = NULL WHERE status IN ('created', 'open', 'blocked')",
    );
  });

  const start = async (app: LimitedApp) => resultOf(await app.start(await launchPassCall(world)));
  const code = async (app: LimitedApp) => (await app.start(await launchPassCall(world))).code;
  const left = async (app: LimitedApp) => ((await app.limits()).checkoutsIn24Hours as { left: number } | null)?.left;
  const end = async (app: LimitedApp, { checkoutIntentId }: Started) =>
    (await app.door(expireCheckout))({
      checkoutIntentId,
      confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey: `end-${checkoutIntentId}`,
    });

  test("200 at once with one left: one passes, and the number is never over", async () => {
    const app = await limitedApp(world, { mostADay: "4" });
    for (let n = 0; n < 3; n++) await start(app);
    const call = await launchPassCall(world);
    const calls = Array.from({ length: 200 }, (_, n) => ({ ...call, idempotencyKey: `racer-${n}` }));
    const codes = (await Promise.all(calls.map((one) => app.start(one)))).map((answer) => answer.code ?? "started");
    expect(codes.filter((one) => one === "started")).toHaveLength(1);
    for (const one of codes) expect(["started", ...LOST]).toContain(one);
    expect(await counted(world, app.grantId)).toBe(4);
    const approvals = await world.all("SELECT id FROM approvals WHERE status = 'pending'");
    expect(approvals.length).toBeLessThanOrEqual(3);
  });

  test("200 at once mixed with ends that give back: as many as came free, and never one more", async () => {
    const app = await limitedApp(world, { mostADay: "10" });
    const open = [];
    for (let n = 0; n < 10; n++) open.push(await start(app));
    const expire = await app.door(expireCheckout);
    const ends = await Promise.all(
      open.slice(0, 6).map(async ({ checkoutIntentId }) => ({
        checkoutIntentId,
        confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
        expectedUpdatedAt: await versionOf(world, checkoutIntentId),
        idempotencyKey: `mixed-end-${checkoutIntentId}`,
      })),
    );
    const call = await launchPassCall(world);
    const most = { counted: 0 };
    const racers = Array.from({ length: 200 }, (_, n) => async () => {
      const ending = n % 30 === 5 ? ends.pop() : undefined;
      if (ending) expect((await expire(ending)).code).toBeUndefined();
      const answer = await app.start({ ...call, idempotencyKey: `mixed-${n}` });
      most.counted = Math.max(most.counted, await counted(world, app.grantId));
      return answer.code ?? "started";
    });
    const codes = await Promise.all(racers.map((run) => run()));
    const [begun] = await world.all<{ n: number }>(
      "SELECT count(*) AS n FROM checkout_intents WHERE grant_id = ? AND idempotency_key LIKE 'mixed-%'",
      app.grantId,
    );
    expect(codes.filter((one) => one === "started")).toHaveLength(begun?.n ?? -1);
    for (const one of codes) expect(["started", ...LOST]).toContain(one);
    expect(most.counted).toBeLessThanOrEqual(10);
    expect(begun?.n).toBeGreaterThan(0);
    expect(begun?.n).toBeLessThanOrEqual(6);
  });

  test("each unpaid end gives its place back: by the app, by Stripe's event, by the scheduled run, by a refusal", async () => {
    const app = await limitedApp(world, { mostADay: "1" });
    const ways: Record<string, (started: Started) => Promise<unknown>> = {
      expire_checkout: (started) => end(app, started),
      webhook: async (started) => {
        await world.sandbox.expire((await sessionBehind(world, started)).id);
        await world.deliver();
      },
      "scheduled run": async (started) => {
        await world.sandbox.expire((await sessionBehind(world, started)).id);
        await world.advance(23 * 3600 + 600);
        await world.scheduled();
        await world.all(
          "UPDATE checkout_intents SET created_at = ? WHERE id = ?",
          world.clock.now(),
          started.checkoutIntentId,
        );
      },
    };
    for (const [way, act] of Object.entries(ways)) {
      const started = await start(app);
      expect([way, await left(app)]).toEqual([way, 0]);
      expect([way, await code(app)]).toEqual([way, "approval_required"]);
      await act(started);
      expect([way, (await intentRow(world, started.checkoutIntentId)).status]).toEqual([
        way,
        way === "expire_checkout" ? "canceled" : "expired",
      ]);
      expect([way, await left(app)]).toEqual([way, 1]);
      await world.all("DELETE FROM approvals");
    }
    const refusing = { target: "api", path: CREATE, kind: "status", status: 400, stored: true } as const;
    await world.sandbox.fault(refusing);
    expect(await code(app)).toBe("provider_refused");
    await world.sandbox.clearFaults();
    expect([await left(app), await code(app)]).toEqual([1, undefined]);
  });

  test("one that was paid counts on, and one that is paid after its end counts again", async () => {
    const app = await limitedApp(world, { mostADay: "1" });
    const started = await start(app);
    const session = await sessionBehind(world, started);
    await world.sandbox.pay(session.id, "paid");
    const deliveries = await world.sandbox.deliveries({ pending: true });
    // Our row ended before Stripe's word of the payment came.
    await world.all("UPDATE checkout_intents SET status = 'expired' WHERE id = ?", started.checkoutIntentId);
    expect(await left(app)).toBe(1);
    for (const delivery of deliveries) await world.post(delivery);
    expect((await intentRow(world, started.checkoutIntentId)).paid_at).not.toBeNull();
    expect([await left(app), await code(app)]).toEqual([0, "approval_required"]);
  });

  test("one whose outcome at Stripe is unknown counts; a repeat of a key counts once, also when its end date has passed", async () => {
    const app = await limitedApp(world, { mostADay: "2" });
    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_before", times: 2 });
    world.quiet = true;
    expect((await app.start(call)).code).toBe("outcome_unknown");
    world.quiet = false;
    await world.sandbox.clearFaults();
    expect(await left(app)).toBe(1);
    await world.all("UPDATE grant_limits SET ends_at = ? WHERE grant_id = ?", world.clock.now(), app.grantId);
    expect((await app.start(call)).code).toBeUndefined();
    expect((await app.start(call)).body).toMatchObject({ replayed: true });
    expect(await left(app)).toBe(1);
    // A new key is over the end.
    const refused = await app.start(await launchPassCall(world));
    expect(refused.body.detail).toMatch(/^This app could act alone until 2031-\d\d-\d\d \d\d:\d\d UTC\. Read/);
    expect(await app.limits()).toMatchObject({ actsAlone: false });
  });

  test("up to the end the app acts alone, and from it on it waits for its person, with every write", async () => {
    const app = await limitedApp(world, { until: "2032-01-01" });
    const started = await start(app);
    const endsAt = (at: number) => world.all("UPDATE grant_limits SET ends_at = ? WHERE grant_id = ?", at, app.grantId);
    await endsAt(world.clock.now() + 1000);
    expect(await code(app)).toBeUndefined();
    await endsAt(world.clock.now());
    expect(await code(app)).toBe("approval_required");
    expect((await end(app, started)).code).toBe("approval_required");
  });

  test("limits that are set, lowered or ended between reading and claiming are kept by the claim's own batch", async () => {
    const changes = {
      lowered: "UPDATE grant_limits SET most_a_day = 0",
      cheaper: "UPDATE grant_limits SET most_cents = 899, currency = 'usd'",
      "in another currency": "UPDATE grant_limits SET most_cents = 100000, currency = 'eur'",
      ended: "UPDATE grant_limits SET ends_at = 1",
      replaced:
        "INSERT OR REPLACE INTO grant_limits (grant_id, most_a_day, updated_at) SELECT grant_id, 0, 2 FROM grant_limits",
    };
    for (const [what, sql] of Object.entries(changes)) {
      const app = await limitedApp(world, { mostADay: "5" });
      const call = await launchPassCall(world);
      world.database.reset();
      world.database.interrupt(2, () => world.db.exec(`${sql} WHERE grant_id = '${app.grantId}'`));
      expect([what, (await app.start(call)).code]).toEqual([what, "approval_required"]);
      world.database.reset();
      expect([what, await counted(world, app.grantId)]).toEqual([what, 0]);
      await world.all("DELETE FROM approvals");
    }
  });

  test("another app of the same person counts apart, and so does a new connection of the same app", async () => {
    const [one, other] = [await limitedApp(world, { mostADay: "1" }), await limitedApp(world, { mostADay: "1" })];
    await start(one);
    expect([await left(one), await left(other)]).toEqual([0, 1]);
    await start(other);
    expect([await code(one), await code(other)]).toEqual(["approval_required", "approval_required"]);
  });

  test("a plan counts what is due now: the first period with its setup", async () => {
    for (const [mostAmount, setup, passes] of [
      ["197.00", false, true],
      ["196.99", false, false],
      ["1197.00", true, true],
      ["1196.99", true, false],
    ] as const) {
      await withoutPlans(world);
      const app = await limitedApp(world, { mostAmount, mostADay: "1" });
      const begin = await app.door(startPlanCheckout);
      const answer = await begin(await planCall(world, { slug: "grow", setup }));
      expect([mostAmount, answer.code]).toEqual([mostAmount, passes ? undefined : "approval_required"]);
      expect(await left(app)).toBe(passes ? 0 : 1);
    }
  });

  test("over a limit no form is shown in any client: the link alone leads on, in both eras", async () => {
    const app = await limitedApp(world, { mostADay: "0" });
    for (const kind of CLIENT_KINDS) {
      await world.all("DELETE FROM approvals");
      const client = await play(world, kind, app.token.accessToken);
      client.react = () => ({ action: "cancel" });
      const answer = await client.call(
        "start_checkout",
        await unconfirmed(world, `kind-${kind.name.length}-${kind.era}`),
      );
      pathIn(answer);
      expect(answer.detail).toContain("0 are left");
      expect(client.shown.filter(({ url }) => url === undefined)).toEqual([]);
    }
  });

  test("with limits a write is two round trips, a checkout three and one call to Stripe; rows read follow the limit", async () => {
    const measured = async (app: LimitedApp) => {
      const call = await launchPassCall(world);
      const before = (await world.sandbox.calls()).length;
      world.database.reset();
      expect((await app.start(call)).code).toBeUndefined();
      const cost = { trips: world.database.trips(), rows: world.database.rowsRead() };
      return { ...cost, stripe: (await world.sandbox.calls()).length - before };
    };
    const free = await limitedApp(world, {});
    const few = await limitedApp(world, { mostAmount: "50", mostADay: "100", until: "2032-01-01" });
    await measured(free);
    const before = { free: await measured(free), limited: await measured(few) };
    for (let n = 0; n < 30; n++) {
      await start(free);
      await start(few);
    }
    const after = { free: await measured(free), limited: await measured(few) };
    for (const cost of [before.free, before.limited, after.free, after.limited]) {
      expect(cost).toMatchObject({ trips: 3, stripe: 1 });
    }
    const paid = await sale(world);
    const decide = await few.door(recordPostPurchaseDecision);
    world.database.reset();
    const decided = await decide({
      checkoutIntentId: paid.checkoutIntentId,
      decisionKind: "decline_upsell",
      presentedOfferId: "offer-upsell-launch-accelerator",
      confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
      expectedUpdatedAt: paid.updatedAt,
      idempotencyKey: "decision-with-limits",
    });
    expect([decided.code, world.database.trips()]).toEqual([undefined, 2]);
    console.log("a checkout:", JSON.stringify({ before, after }));
    // What counts is read twice, before the claim and in it; the rest is the limits themselves.
    const own = 15;
    expect(after.limited.rows - after.free.rows).toBeLessThanOrEqual(2 * (await counted(world, few.grantId)) + own);
    expect(before.limited.rows - before.free.rows).toBeLessThanOrEqual(own);
  });
});
