import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { audited } from "../support/purchase-state.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const ROUTE = "/api/admin/products/revocation-intents";

describeInWorld("failed events", { reset: true }, (world) => {
  let headers: Record<string, string>;
  let read: (uri: string) => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    ({ headers } = await ownerBrowser(world, ROUTE, OWNER));
    const token = await world.token(OWNER, "mcp", ["owner:read"]);
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    read = async (uri) => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse((content as { text: string }).text);
    };
  });
  beforeEach(async () => {
    await world.all("DELETE FROM heal_cursors");
    await world.all("DELETE FROM scheduled_runs");
    await world.all("DELETE FROM stripe_webhook_events");
  });
  afterEach(() => world.all("DROP TRIGGER IF EXISTS defect"));

  /** A defect that strikes while an event is applied, with a message that quotes what it found. */
  const breakGrants = () =>
    world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect met somebody@example.com'); END",
    );
  const mend = () => world.all("DROP TRIGGER defect");

  const access = async (id: string) =>
    (await world.all("SELECT id FROM product_entitlements WHERE checkout_intent_id = ? AND status = 'active'", id))
      .length;

  async function eventRow() {
    const rows = await world.all<{
      status: string;
      error: string | null;
      attempts: number;
      reference: string;
      id: string;
    }>("SELECT * FROM stripe_webhook_events WHERE event_type = 'checkout.session.completed'");
    expect(rows).toHaveLength(1);
    return rows[0] as NonNullable<(typeof rows)[0]>;
  }

  /** A sale whose event failed. */
  async function failed() {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    await breakGrants();
    world.quiet = true;
    for (const answer of await world.deliver()) {
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text).not.toContain("defect");
    }
    world.quiet = false;
    return checkoutIntentId;
  }

  const replay = async (reference: string, as: Record<string, string> = headers) => {
    const answer = await world.fetch(`/api/admin/stripe/events/${reference}/replay`, { method: "POST", headers: as });
    return { status: answer.status, text: await answer.text() };
  };

  test("a defect leaves nothing of the event but its record, privately; the schedule tries it with back-off", async () => {
    const id = await failed();
    expect(await eventRow()).toMatchObject({ status: "failed", attempts: 1 });
    expect((await eventRow()).error).toContain("defect");
    expect(await access(id)).toBe(0);
    const health = await read("commerce://health");
    expect(health).toMatchObject({ failedEvents: 1, blockedEvents: 0 });
    expect(JSON.stringify(health)).not.toMatch(/evt_|defect|example\.com/);
    expect(JSON.stringify(world.log)).not.toMatch(/somebody@example\.com/);

    world.quiet = true;
    const tried: number[] = [];
    for (let minute = 0; minute < 40; minute++) {
      const before = (await eventRow()).attempts;
      await world.advance(60);
      await world.scheduled();
      if ((await eventRow()).attempts > before) tried.push(minute + 1);
    }
    // After two minutes, then four, eight, sixteen.
    expect(tried).toEqual([2, 6, 14, 30]);
    world.quiet = false;
    await mend();
    await world.advance(3600);
    await audited(world, () => world.scheduled());
    expect(await eventRow()).toMatchObject({ status: "processed", error: null, attempts: 6 });
    expect(await access(id)).toBe(2);
    console.info(`a failed event was tried again after ${tried.join(", ")} minutes, and once the defect was gone`);
  });

  test("Stripe's own repetition is tried at once, and a failure that even the record met is its to repeat", async () => {
    const id = await failed();
    await mend();
    const [delivery] = (await world.sandbox.deliveries()).filter(({ type }) => type === "checkout.session.completed");
    if (!delivery) throw new Error("no delivery");
    expect(await (await world.post(delivery)).json()).toMatchObject({ status: "processed", duplicate: false });
    expect(await access(id)).toBe(2);

    const other = await sale(world, { outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    const next = (await world.sandbox.deliveries({ pending: true })).find(
      ({ type, body }) => type === "checkout.session.completed" && body.includes(other.checkoutIntentId),
    );
    if (!next) throw new Error("no delivery");
    world.quiet = true;
    world.database.lose(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [index + 1, "before" as const])));
    const answer = await world.post(next);
    world.database.reset();
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toMatch(/D1_ERROR|lost/);
    world.quiet = false;
    expect(await (await world.post(next)).json()).toMatchObject({ status: "processed" });
  });

  test("the owner alone replays it by our reference, audited", async () => {
    const id = await failed();
    const { reference, id: stripeId } = await eventRow();
    expect(reference).toMatch(/^stripe-event-/);
    expect(await read("commerce://health")).toMatchObject({
      events: [{ eventReference: reference, status: "failed" }],
    });

    const buyer = await ownerBrowser(world, ROUTE, BUYER);
    const bearer = await world.token(OWNER, "api", ["owner:write"]);
    await unchanged(world, async () => {
      expect((await replay(reference, {})).status).toBe(401);
      expect((await replay(reference, { Authorization: `Bearer ${bearer}` })).status).toBe(401);
      expect((await replay(reference, buyer.headers)).status).toBe(403);
      expect((await replay(reference, { ...headers, "X-Form-Token": "x" })).status).toBe(403);
      expect((await replay(reference, { ...headers, "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      expect((await replay(stripeId)).status).toBe(404);
      expect((await replay("stripe-event-none")).status).toBe(404);
    });

    // While the defect is there, a replay is one more failure, and one that is told of.
    world.quiet = true;
    expect(JSON.parse((await replay(reference)).text)).toMatchObject({ status: "failed", attempts: 2, replayed: true });
    world.quiet = false;
    await mend();
    const done = await replay(reference);
    expect(JSON.parse(done.text)).toMatchObject({ eventReference: reference, status: "processed", replayed: true });
    expect(done.text).not.toContain(stripeId);
    expect(await access(id)).toBe(2);
    const again = await unchanged(world, () => replay(reference));
    expect(JSON.parse(again.text)).toMatchObject({ status: "processed", replayed: false });
    const audit = await world.all(
      "SELECT actor_kind, actor_id, subject_id, subject_status FROM payment_audit_events WHERE event_kind = 'stripe_event_replayed' ORDER BY created_at",
    );
    expect(audit).toMatchObject([
      { actor_kind: "owner_session", subject_id: reference, subject_status: "failed" },
      { actor_kind: "owner_session", subject_id: reference, subject_status: "processed" },
    ]);
  });

  test("a blocked event can be replayed once what it was about is here", async () => {
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    const session = (await world.sandbox.sessions()).at(-1);
    if (!session) throw new Error("no session");
    // The row as another session would have taken it, which a person then puts right.
    const own = "UPDATE checkout_intents SET stripe_checkout_session_id = ? WHERE id = ?";
    await world.all(own, "cs_test_another", checkoutIntentId);
    await world.sandbox.pay(session.id, "paid");
    await world.deliver();
    const { reference, status } = await eventRow();
    expect(status).toBe("blocked");
    expect(await read("commerce://health")).toMatchObject({
      blockedEvents: 1,
      events: [{ eventReference: reference }],
    });
    await world.advance(3600);
    await world.scheduled();
    expect((await eventRow()).status).toBe("blocked");
    await world.all(own, session.id, checkoutIntentId);
    // The sign-in library keeps the machine's clock: an hour later the owner has signed in again.
    await world.all("UPDATE session SET created_at = ?", world.clock.now());
    expect(JSON.parse((await replay(reference)).text)).toMatchObject({ status: "processed", replayed: true });
    expect(await access(checkoutIntentId)).toBe(1);
  });

  test("Stripe being away leaves a replay undone; what failed until Stripe forgot it is left for a person", async () => {
    await failed();
    const { reference } = await eventRow();
    world.quiet = true;
    await world.sandbox.fault({ target: "api", kind: "fail_before" });
    expect((await unchanged(world, () => replay(reference))).status).toBe(502);
    await world.sandbox.forgetEvents();
    expect((await unchanged(world, () => replay(reference))).status).toBe(409);
    await world.advance(600);
    await world.scheduled();
    expect(await eventRow()).toMatchObject({ status: "blocked", error: "gone_at_stripe" });
  });
});
