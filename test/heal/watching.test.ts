import { expect, test, vi } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { openPlan, planDoors, planOf, subscriptionOf } from "../support/plans.ts";
import { sale } from "../support/sale.ts";

const DAY = 86_400;

describeInWorld("what is watched", {}, (world) => {
  /** The days on which a run asks Stripe about a session, with a run every ten days. */
  async function daysAsked(days: number, sessionIds: readonly string[]): Promise<number[][]> {
    const asked = sessionIds.map((): number[] => []);
    let day = 0;
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      for (const [index, id] of sessionIds.entries()) {
        if (request.method === "GET" && request.url.endsWith(`/sessions/${id}`)) asked[index]?.push(day);
      }
      return real(request);
    });
    while (day < days) {
      day += 10;
      await world.advance(10 * DAY);
      await world.scheduled();
    }
    vi.unstubAllGlobals();
    return asked;
  }

  test("a paid checkout is asked about ever less often, and no longer once no dispute can come; a plan as long as it runs", async () => {
    await sale(world);
    const pass = (await world.sandbox.sessions()).at(-1)?.id ?? "";
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const [once, monthly] = await daysAsked(240, [pass, plan.sessionId]);
    // Half of its age later each time, and a last time when it is dropped.
    expect(once).toEqual([10, 20, 40, 70, 110, 170, 180]);
    const gaps = (monthly ?? []).slice(1).map((day, index) => day - Number(monthly?.[index]));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(40);
    expect(monthly?.at(-1)).toBeGreaterThan(200);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    console.info(`a paid checkout was asked about ${once?.length} times in 240 days, a plan ${monthly?.length} times`);

    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
    const [after] = await daysAsked(40, [plan.sessionId]);
    expect(after?.length).toBeLessThanOrEqual(2);
    expect(await world.all("SELECT id FROM checkout_intents WHERE check_at IS NOT NULL")).toEqual([]);
  });

  test("the owner sees how many checkouts wait to be asked about, and for how long", async () => {
    await world.reset();
    const health = await healthReader(world);
    expect(await health()).toMatchObject({ waitingChecks: 0, longestWaitSeconds: null });
    await sale(world, { outcome: "none" });
    await world.advance(60);
    await sale(world, { outcome: "none" });
    expect(await health()).toMatchObject({ waitingChecks: 0, longestWaitSeconds: null });
    await world.advance(3600);
    const waits = await health();
    expect(waits).toMatchObject({ waitingChecks: 2, longestWaitSeconds: 3540 });
    await world.scheduled();
    expect(await health()).toMatchObject({ waitingChecks: 0, longestWaitSeconds: null });
  });
});
