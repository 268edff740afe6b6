import { beforeAll, expect, test } from "vitest";
import { auditVerdict, HEAD } from "../support/audit-verdict.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { openPlan, planDoors, planOf, subscriptionOf } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { momentOf, travelTo } from "../support/time-travel.ts";

const HOUR = 3600;

describeInWorld("a database that is restored to an earlier moment", {}, (world) => {
  let doors: Doors;
  let plans: Doors;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    plans = await planDoors(world);
    health = await healthReader(world);
    world.quiet = true;
  });

  const bucket = () => world.bindings.PRODUCT_ASSETS;
  const headNow = async () => (await bucket().get(HEAD))?.text();
  const sealsNow = async () =>
    (await world.all<{ seal: string }>("SELECT seal FROM audit_seals ORDER BY number")).map(({ seal }) => seal);
  const verdict = (head: string | undefined) => auditVerdict(world, head);
  const passes = async (checkoutIntentId: string) =>
    (
      await world.all<{ status: string }>(
        "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
        checkoutIntentId,
      )
    ).map(({ status }) => status);
  const audit = async () => ((await health()).lastScheduledRun as { report: { audit: { head: string } } }).report.audit;

  test("sealing stands still and says so, until the head that is ahead is put aside", async () => {
    await sale(world);
    await world.scheduled();
    const moment = await momentOf(world);
    const known = (await sealsNow()).length;
    await sale(world);
    await world.scheduled();
    const ahead = await headNow();
    expect((await sealsNow()).length).toBe(known + 1);

    await travelTo(world, moment);
    world.log.length = 0;
    await sale(world);
    for (let run = 0; run < 2; run++) {
      await world.advance(HOUR);
      await world.scheduled();
      expect([(await sealsNow()).length, await headNow()]).toEqual([known, ahead]);
      expect(await audit()).toEqual({ rows: 0, seals: 0, head: "differs" });
    }
    expect(world.log.filter(({ code }) => code === "head_differs")).toHaveLength(2);
    const stopped = await verdict(ahead);
    expect(stopped.faults).toEqual([
      `The end of the audit is missing: seal ${known + 1} was made, and ${known} are here. Sealed rows were removed, or the database was restored to an earlier moment.`,
    ]);
    expect(stopped.unsealedRows).toBeGreaterThan(0);

    // What the operator does: keeps the head that is ahead elsewhere, and removes it.
    await bucket().delete(HEAD);
    await world.scheduled();
    expect((await audit()).head).toBe("kept");
    expect(await verdict(await headNow())).toMatchObject({ faults: [], unsealedRows: 0 });
    expect((await headNow()) === ahead).toBe(false);
    // The kept copy goes on telling of the restore.
    expect((await verdict(ahead)).faults).toEqual([
      `Seal ${known + 1} is not the one that was kept as the head. It was replaced, or sealed again after the database was restored.`,
    ]);
  });

  test("sales that the database knows heal by themselves; those that it forgot are shown and give nothing", async () => {
    const open = await sale(world, { outcome: "none" });
    const refunded = await sale(world);
    await world.scheduled();
    const moment = await momentOf(world);

    await world.advance(HOUR);
    const { stripe_checkout_session_id } = await intentRow(world, open.checkoutIntentId);
    await world.sandbox.pay(String(stripe_checkout_session_id), "paid");
    const { stripe_payment_intent_id } = await intentRow(world, refunded.checkoutIntentId);
    await world.sandbox.refund({ paymentIntent: String(stripe_payment_intent_id) });
    const forgotten = await sale(world);
    const plan = await openPlan(world, plans.http, { slug: "experiment" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const subscription = await subscriptionOf(world, plan);
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([
      ["active"],
      ["inactive"],
    ]);
    expect([await passes(forgotten.checkoutIntentId), (await planOf(world, plan))?.status]).toEqual([
      ["active"],
      "active",
    ]);

    await travelTo(world, moment);
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([[], ["active"]]);
    await world.scheduled();
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([
      ["active"],
      ["inactive"],
    ]);
    expect([await passes(forgotten.checkoutIntentId), await planOf(world, plan)]).toEqual([[], undefined]);
    const blocked = await world.all(
      "SELECT event_type FROM stripe_webhook_events WHERE status = 'blocked' AND error = 'checkout_not_found'",
    );
    // The pass, the plan, and the pass that the test before forgot.
    expect(blocked.filter(({ event_type }) => event_type === "checkout.session.completed")).toHaveLength(3);
    expect(Number((await health()).blockedEvents)).toBe(blocked.length);

    // The forgotten plan is paid each month until it is canceled at Stripe: each payment shows.
    await world.sandbox.subscription(subscription, { action: "renew" });
    await world.deliver();
    expect(Number((await health()).blockedEvents)).toBeGreaterThan(blocked.length);
  });

  test("a repeated key whose operation was forgotten opens a second page; the first one's payment shows and gives nothing", async () => {
    const moment = await momentOf(world);
    const call = await launchPassCall(world);
    const first = resultOf(await doors.http(call));
    const firstSession = await sessionBehind(world, first);
    await travelTo(world, moment);
    await world.advance(HOUR);

    const calls = async () =>
      (await world.sandbox.calls()).filter(({ method, path }) => `${method} ${path}` === CREATE).length;
    const before = await calls();
    const second = resultOf(await doors.http(call));
    const secondSession = await sessionBehind(world, second);
    // Stripe refuses the key for another request, and the next attempt's key opens a page of its own.
    expect([(await calls()) - before, secondSession.id === firstSession.id]).toEqual([2, false]);
    // The first page's link is gone here.
    expect((await world.fetch(first.checkoutUrl)).status).toBe(404);
    await world.sandbox.pay(firstSession.id, "paid");
    await world.deliver();
    const [event] = await world.all(
      "SELECT status, error FROM stripe_webhook_events WHERE event_type = 'checkout.session.completed' ORDER BY received_at DESC LIMIT 1",
    );
    expect(event).toEqual({ status: "blocked", error: "checkout_not_found" });
    expect([await passes(first.checkoutIntentId), await passes(second.checkoutIntentId)]).toEqual([[], []]);
  });
});
