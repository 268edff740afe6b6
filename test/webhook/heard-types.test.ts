import { beforeAll, expect, test } from "vitest";
import { HANDLED_EVENT_TYPES } from "../../src/db/schema/vocabulary.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, subscriptionOf } from "../support/plans.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

interface Told {
  readonly eventTypes: readonly { readonly eventType: string; readonly lastDeliveredAt: string | null }[];
  readonly eventTypesThatNeverCame: readonly { readonly eventType: string; readonly whatToDo: string }[];
}

describeInWorld("the types of events that have come", {}, (world) => {
  let health: () => Promise<Told>;
  beforeAll(async () => {
    health = (await healthReader(world)) as unknown as typeof health;
  });

  const missing = async () => (await health()).eventTypesThatNeverCame.map(({ eventType }) => eventType).sort();
  const deliver = async (wanted: (type: string) => boolean) => {
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      if (wanted(delivery.type)) await world.post(delivery);
    }
  };

  test("a type whose objects exist and that never came is named, with what to do, until it comes", async () => {
    const before = await health();
    expect(before.eventTypes.map(({ eventType }) => eventType)).toEqual([...HANDLED_EVENT_TYPES]);
    expect(before.eventTypes.every(({ lastDeliveredAt }) => lastDeliveredAt === null)).toBe(true);
    expect(before.eventTypesThatNeverCame).toEqual([]);

    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    // An endpoint at which these are not enabled.
    const disabled = ["invoice_payment.paid", "refund.created", "charge.refunded", "customer.subscription.deleted"];
    await deliver((type) => !disabled.includes(type));
    expect(await missing()).toEqual(["invoice_payment.paid"]);
    const [named] = (await health()).eventTypesThatNeverCame;
    expect(named?.whatToDo).toContain("Enable it at the webhook endpoint");
    const heard = (await health()).eventTypes.find(({ eventType }) => eventType === "invoice.paid");
    expect(Math.abs(Date.parse(String(heard?.lastDeliveredAt)) - world.clock.now())).toBeLessThan(2000);

    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    for (const page of ["/owner", "/owner/webhooks"]) {
      const html = await (await owner.get(page)).text();
      expect(html).toContain("<code>invoice_payment.paid</code>");
      expect(html).toContain("Enable it at the webhook endpoint");
    }

    // What the scheduled run finds in Stripe's event list has not been delivered.
    await world.advance(60);
    const invoice = String((await world.sandbox.sessions()).at(-1)?.invoice);
    await world.sandbox.refund({ invoice });
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
    await deliver((type) => !disabled.includes(type));
    await world.scheduled();
    expect(await missing()).toEqual([...disabled].sort());
    await deliver((type) => type !== "refund.created");
    expect(await missing()).toEqual(["refund.created"]);
    await world.deliver();
    expect(await missing()).toEqual([]);
  });
});
