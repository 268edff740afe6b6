import { beforeAll, beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("the arrival of webhooks", { reset: true }, (world) => {
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM stripe_webhook_events");
    await world.all("DELETE FROM heal_cursors");
  });

  /** A sale that Stripe has not told of yet. */
  async function paidUnheard(): Promise<void> {
    await sale(world, { outcome: "none" });
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
  }

  const isAt = (time: unknown) => expect(Math.abs(Date.parse(String(time)) - world.clock.now())).toBeLessThan(1000);

  test("a webhook that the event list was quicker than is a sign of webhooks, with its true lag, in no more round trips", async () => {
    expect(await health()).toMatchObject({
      lastWebhookAt: null,
      lastWebhookLagSeconds: null,
      lastMissedWebhookAt: null,
    });
    await paidUnheard();
    await world.scheduled();
    expect(await health()).toMatchObject({ lastWebhookAt: null, lastMissedWebhookAt: expect.any(String) });

    await world.advance(90);
    const waiting = await world.sandbox.deliveries({ pending: true });
    const known = waiting.filter(({ type }) => type === "checkout.session.completed");
    expect(known).toHaveLength(1);
    for (const delivery of known) {
      world.database.reset();
      expect(await (await world.post(delivery)).json()).toMatchObject({ duplicate: true, status: "processed" });
      expect(world.database.trips()).toBe(1);
    }
    const told = await health();
    isAt(told.lastWebhookAt);
    expect(told.lastWebhookLagSeconds).toBe(90);
    expect(told.lastMissedWebhookAt).toBeNull();
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const page = await (await owner.get("/owner")).text();
    expect(page).toMatch(/<dt>Delay of the last webhook<\/dt><dd>90 s<\/dd>/);
    expect(page).not.toContain("Last one that was missed");

    // It came once; that it comes again says nothing new.
    await world.advance(600);
    for (const delivery of known) await world.post(delivery);
    expect(await health()).toMatchObject({ lastWebhookAt: told.lastWebhookAt });
  });

  test("an event that is new takes two round trips, and what never comes stays missed", async () => {
    await paidUnheard();
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      world.database.reset();
      await world.post(delivery);
      expect([delivery.type, world.database.trips()]).toEqual([delivery.type, 2]);
    }
    const { lastWebhookAt } = await health();
    isAt(lastWebhookAt);
    await world.advance(600);
    await paidUnheard();
    await world.scheduled();
    const told = await health();
    expect(told.lastWebhookAt).toBe(lastWebhookAt);
    isAt(told.lastMissedWebhookAt);
  });

  test("one that failed when the list told of it, and then came, is both tried again and a sign", async () => {
    await paidUnheard();
    world.quiet = true;
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    );
    await world.scheduled();
    expect(await health()).toMatchObject({ failedEvents: 1, lastWebhookAt: null });
    await world.all("DROP TRIGGER defect");
    for (const answer of await world.deliver()) expect(answer.status).toBe(200);
    const told = await health();
    expect(told).toMatchObject({ failedEvents: 0, lastMissedWebhookAt: null });
    isAt(told.lastWebhookAt);
  });
});
