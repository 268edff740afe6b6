import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Delivery, signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { outcome } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

const SECRET = "whsec_test_sandbox_secret";
type Json = Record<string, unknown>;

describeInWorld("one event id with two contents", { reset: true }, (world) => {
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM stripe_webhook_events");
    await world.all("DELETE FROM stripe_event_contradictions");
    await world.all("DELETE FROM heal_cursors");
  });
  afterEach(() => world.all("DROP TRIGGER IF EXISTS defect"));

  /** A paid sale, and the delivery that tells of it. */
  async function paid(): Promise<{ checkoutIntentId: string; delivery: Delivery }> {
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    const delivery = (await world.sandbox.deliveries()).findLast(({ type }) => type === "checkout.session.completed");
    if (!delivery) throw new Error("nothing waits");
    return { checkoutIntentId, delivery };
  }

  /** Posts an event with a signature that holds. */
  async function posted(event: Json, spelled = JSON.stringify(event)) {
    const signature = await signBody(spelled, SECRET, Math.floor(world.clock.now() / 1000));
    const answer = await world.post({ body: spelled, signature });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return (await answer.json()) as { status: string; duplicate: boolean };
  }

  const eventOf = ({ body }: Delivery) => JSON.parse(body) as Json & { data: { object: Json } };
  const rows = () => world.all("SELECT * FROM stripe_webhook_events ORDER BY id");
  const audits = () =>
    world.all("SELECT * FROM payment_audit_events WHERE event_kind = 'stripe_event_contradicted' ORDER BY sequence");

  /** The same fields in another order, at every depth. */
  function reversed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, member]) => [key, reversed(member)]),
    );
  }

  test("the forms of one event are one: delivered, listed, with other bytes, keys in another order", async () => {
    const { checkoutIntentId, delivery } = await paid();
    const event = eventOf(delivery);
    await posted(event);
    const before = { rows: await rows(), outcome: await outcome(world, checkoutIntentId), audits: await audits() };
    for (const other of [
      { ...event, pending_webhooks: 0 },
      { ...event, pending_webhooks: 3, request: { id: "req_other", idempotency_key: "other" } },
      reversed(event) as Json,
    ]) {
      expect(await posted(other)).toMatchObject({ status: "processed", duplicate: true });
      expect(await posted(other, JSON.stringify(other, null, 2))).toMatchObject({ duplicate: true });
    }
    // Another API version has another form of the same event, which can't be compared.
    const old = { ...event, api_version: "2022-08-01", data: { object: { ...event.data.object, extra: true } } };
    expect(await posted(old)).toMatchObject({ duplicate: true });
    await world.scheduled();
    expect(await rows()).toEqual(before.rows);
    expect(await outcome(world, checkoutIntentId)).toEqual(before.outcome);
    expect(await audits()).toEqual(before.audits);
    expect(await health()).toMatchObject({ contradictedEvents: 0 });

    // And the other way round: the event list first, then the delivery.
    const second = await paid();
    await world.scheduled();
    const [listed] = await world.all("SELECT * FROM stripe_webhook_events WHERE id = ?", second.delivery.eventId);
    expect(listed).toMatchObject({ came_by: "event_list", delivered_at: null, status: "processed" });
    expect(await posted(eventOf(second.delivery))).toMatchObject({ duplicate: true });
    const [delivered] = await world.all("SELECT * FROM stripe_webhook_events WHERE id = ?", second.delivery.eventId);
    expect(delivered).toEqual({ ...listed, delivered_at: delivered?.delivered_at });
    expect(delivered?.delivered_at).not.toBeNull();
    expect(await health()).toMatchObject({ contradictedEvents: 0 });
  });

  const differences: Readonly<Record<string, (event: ReturnType<typeof eventOf>) => Json>> = {
    object: (event) => ({ ...event, data: { object: { ...event.data.object, payment_status: "unpaid" } } }),
    type: (event) => ({ ...event, type: "checkout.session.expired" }),
    created: (event) => ({ ...event, created: Number(event.created) + 1 }),
    account: (event) => ({ ...event, account: "acct_1Other" }),
    livemode: (event) => ({ ...event, livemode: true }),
  };

  test.each(Object.entries(differences))("another %s changes nothing and is told once", async (_, differ) => {
    const { checkoutIntentId, delivery } = await paid();
    await posted(eventOf(delivery));
    const earlier = (await audits()).length;
    const before = { rows: await rows(), outcome: await outcome(world, checkoutIntentId) };
    const others = [differ(eventOf(delivery)), { ...differ(eventOf(delivery)), data: { object: { id: "else" } } }];
    for (const other of [...others, ...others]) {
      expect(await posted(other)).toMatchObject({ status: "processed", duplicate: true });
    }
    await Promise.all(Array.from({ length: 5 }, () => posted(others[0] as Json)));
    expect(await rows()).toEqual(before.rows);
    expect(await outcome(world, checkoutIntentId)).toEqual(before.outcome);
    const [audit, ...more] = (await audits()).slice(earlier);
    expect(more).toEqual([]);
    expect(audit).toMatchObject({
      subject_id: before.rows[0]?.reference,
      subject_status: "processed",
      checkout_intent_id: checkoutIntentId,
      actor_kind: "stripe_webhook",
    });
    expect(await health()).toMatchObject({ contradictedEvents: 1, blockedEvents: 0, failedEvents: 0 });
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    expect(await (await owner.get("/owner")).text()).toMatch(/<strong>1<\/strong><a[^>]*>contradicted Stripe events/);
    const page = await (await owner.get("/owner/webhooks")).text();
    const table = page.slice(page.indexOf("Contradicted events"));
    expect(table).toContain(String(before.rows[0]?.reference));
    expect(page).not.toContain(delivery.eventId);
  });

  test("an event that failed is not finished by other content; the schedule takes Stripe's own copy", async () => {
    const { checkoutIntentId, delivery } = await paid();
    const event = eventOf(delivery);
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    );
    world.quiet = true;
    expect(await posted(event)).toMatchObject({ status: "failed" });
    await world.all("DROP TRIGGER defect");
    const failed = await rows();
    const other = differences.object?.(event) ?? {};
    expect(await posted(other)).toMatchObject({ status: "failed", duplicate: true });
    expect(await rows()).toEqual(failed);
    expect(await health()).toMatchObject({ contradictedEvents: 1, failedEvents: 1 });
    await world.advance(3600);
    await world.scheduled();
    expect(await rows()).toMatchObject([{ status: "processed", error: null }]);
    expect(
      await world.all("SELECT status FROM product_entitlements WHERE checkout_intent_id = ?", checkoutIntentId),
    ).toEqual([{ status: "active" }]);

    // A first arrival that said what Stripe does not: Stripe's own copy counts, also after a failure.
    const next = await paid();
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON stripe_webhook_events WHEN NEW.status = 'processed' BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    );
    expect(await posted({ ...eventOf(next.delivery), created: 1 })).toMatchObject({ status: "failed" });
    await world.all("DROP TRIGGER defect");
    await world.advance(3600);
    await world.scheduled();
    expect(await world.all("SELECT status FROM stripe_webhook_events WHERE id = ?", next.delivery.eventId)).toEqual([
      { status: "processed" },
    ]);
    expect(await posted(eventOf(next.delivery))).toMatchObject({ status: "processed", duplicate: true });
    expect(await health()).toMatchObject({ contradictedEvents: 1 });
  });
});
