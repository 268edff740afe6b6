import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { checkoutDoors, intentRow, type Started, sessionBehind, started } from "../support/launch-pass.ts";
import { orders, permutations } from "../support/orders.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import type { Fault } from "../support/watched-database.ts";

const SECRET = "whsec_test_sandbox_secret";

/** What Stripe may tell of a checkout. */
const NEWS: readonly (readonly [string, { status?: string; payment_status?: string }])[] = [
  ["checkout.session.completed", { status: "complete", payment_status: "paid" }],
  ["checkout.session.async_payment_succeeded", { status: "complete", payment_status: "paid" }],
  ["checkout.session.completed", { status: "complete", payment_status: "unpaid" }],
  ["customer.updated", {}],
];
const EVENTS = 100;
/** Events of any of the twenty checkouts, and the order in which each comes twice. */
const manyEvents = fc.record({
  events: fc.array(fc.record({ of: fc.nat({ max: 19 }), news: fc.constantFrom(...NEWS) }), {
    minLength: 1,
    maxLength: EVENTS,
    size: "max",
  }),
  given: fc.gen(),
});

describeInWorld("a checkout's events", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });

  /** The waiting deliveries, each to be posted as often as a test likes. */
  const waiting = () => world.sandbox.deliveries({ pending: true });

  async function onlyDelivery() {
    const [delivery, ...others] = (await waiting()).filter(({ type }) => type.startsWith("checkout.session."));
    if (!delivery || others.length > 0) throw new Error(`${others.length + 1} events of the session wait`);
    return delivery;
  }

  async function statusOf(response: Response) {
    expect(response.status).toBe(200);
    const { status, duplicate } = (await response.json()) as { status: string; duplicate: boolean };
    return duplicate ? `${status} again` : status;
  }

  /** Delivers what waits, and how the newest event ended: the sandbox goes on offering those before it. */
  async function delivered() {
    const answer = (await world.deliver()).at(-1);
    if (!answer) throw new Error("nothing waits");
    return statusOf(answer);
  }

  const granted = async ({ checkoutIntentId }: Started) =>
    (
      await world.all<{ product_id: string }>(
        "SELECT product_id FROM product_entitlements WHERE checkout_intent_id = ? AND status = 'active' ORDER BY product_id",
        checkoutIntentId,
      )
    ).map((row) => row.product_id);

  /** The stored reasons of events that were blocked after `before`, with how many have each. */
  async function blockedEvents(before: Readonly<Record<string, number>> = {}): Promise<Record<string, number>> {
    const rows = await world.all<{ error: string; events: number }>(
      "SELECT error, count(*) AS events FROM stripe_webhook_events WHERE status = 'blocked' GROUP BY error",
    );
    const since = rows.map(({ error, events }) => [error, events - (before[error] ?? 0)] as const);
    return Object.fromEntries(since.filter(([, events]) => events > 0));
  }

  const BUNDLE = "product-launch-bundle";
  const DOWNLOAD = "product-launch-checklist-download";

  /** A checkout that a buyer has opened, with its session. */
  async function opened(wish: { bump?: boolean } = {}) {
    const checkout = await started(world, doors.http, wish);
    return { checkout, session: await sessionBehind(world, checkout) };
  }

  /** Everything that the events of a checkout may decide. Times of arrival are no part of it. */
  async function endState(checkout: Started) {
    const { status, blocked_reason, paid_at, stripe_payment_intent_id } = await intentRow(
      world,
      checkout.checkoutIntentId,
    );
    const of = (sql: string) => world.all(sql, checkout.checkoutIntentId);
    return {
      status,
      blocked_reason,
      paid: paid_at !== null,
      paymentKnown: stripe_payment_intent_id !== null,
      facts: await of("SELECT fact FROM checkout_facts WHERE checkout_intent_id = ? ORDER BY fact"),
      access: await granted(checkout),
      tasks: await of(
        `SELECT task.product_id FROM product_fulfillment_tasks task JOIN product_entitlements entitlement ON entitlement.id = task.entitlement_id
       WHERE task.checkout_intent_id = ? AND entitlement.status = 'active' AND task.status = 'queued' ORDER BY task.product_id`,
      ),
    };
  }

  describe("a payment grants once", () => {
    test.each([
      ["with the bump", true, [BUNDLE, DOWNLOAD]],
      ["without it", false, [BUNDLE]],
    ] as const)("%s, twice and ten at once", async (_what, bump, products) => {
      const { checkout, session } = await opened({ bump });
      await world.sandbox.pay(session.id, "paid");
      const delivery = await onlyDelivery();
      const answers = await Promise.all(Array.from({ length: 10 }, () => world.post(delivery)));
      const statuses = await Promise.all(answers.map(statusOf));
      expect(statuses.sort()).toEqual(["processed", ...Array(9).fill("processed again")].sort());
      expect(await granted(checkout)).toEqual(products);
      expect(await unchanged(world, async () => statusOf(await world.post(delivery)))).toBe("processed again");

      const audit = await world.all<{ event_kind: string; subject_id: string }>(
        "SELECT event_kind, subject_id FROM payment_audit_events WHERE checkout_intent_id = ? AND actor_kind = 'stripe_webhook' ORDER BY event_kind",
        checkout.checkoutIntentId,
      );
      expect(audit.map((row) => row.event_kind)).toEqual([
        "checkout.session.completed",
        ...products.map(() => "product_entitlement_granted"),
      ]);
      const tasks = await world.all(
        "SELECT status FROM product_fulfillment_tasks WHERE checkout_intent_id = ?",
        checkout.checkoutIntentId,
      );
      expect(tasks).toEqual(products.map(() => ({ status: "queued" })));
    });

    test("two round trips for an event, one for a duplicate", async () => {
      const { session } = await opened({ bump: true });
      await world.sandbox.pay(session.id, "paid");
      const delivery = await onlyDelivery();
      for (const trips of [2, 1]) {
        world.database.reset();
        await statusOf(await world.post(delivery));
        expect(world.database.trips()).toBe(trips);
      }
    });

    test.each([[{ 1: "before" }], [{ 1: "after" }], [{ 2: "before" }], [{ 2: "after" }]] as Record<number, Fault>[][])(
      "and once though a round trip was lost: %j",
      async (faults) => {
        const { checkout, session } = await opened({ bump: true });
        await world.sandbox.pay(session.id, "paid");
        const delivery = await onlyDelivery();
        world.quiet = true;
        world.database.lose(faults ?? {});
        expect(await statusOf(await world.post(delivery))).toMatch(/^processed/);
        world.database.reset();
        world.quiet = false;
        await statusOf(await world.post(delivery));
        expect(await granted(checkout)).toEqual([BUNDLE, DOWNLOAD]);
        const audit = await world.all(
          "SELECT id FROM payment_audit_events WHERE checkout_intent_id = ? AND actor_kind = 'stripe_webhook'",
          checkout.checkoutIntentId,
        );
        expect(audit).toHaveLength(3);
      },
    );
  });

  describe("money that takes its time", () => {
    test.each([
      ["succeeded", "paid", [BUNDLE, DOWNLOAD]],
      ["failed", "failed", []],
    ] as const)("completed and unpaid grants nothing; %s decides", async (outcome, status, products) => {
      const { checkout, session } = await opened({ bump: true });
      await world.sandbox.pay(session.id, "delayed");
      await world.deliver();
      expect(await endState(checkout)).toMatchObject({ status: "completed", access: [] });
      await world.sandbox.settle(session.id, outcome);
      await world.deliver();
      expect(await endState(checkout)).toMatchObject({ status, access: products });
    });
  });

  describe("every order of a checkout's events ends the same", () => {
    type Life = (session: Awaited<ReturnType<typeof opened>>["session"]) => Promise<unknown>;
    const lives: Record<string, [Life, { status: string; access: string[] }]> = {
      "paid at once": [
        (session) => world.sandbox.pay(session.id, "paid"),
        { status: "paid", access: [BUNDLE, DOWNLOAD] },
      ],
      "paid late": [
        async (session) => {
          await world.sandbox.pay(session.id, "delayed");
          await world.sandbox.settle(session.id, "succeeded");
        },
        { status: "paid", access: [BUNDLE, DOWNLOAD] },
      ],
      "failed late": [
        async (session) => {
          await world.sandbox.pay(session.id, "delayed");
          await world.sandbox.settle(session.id, "failed");
        },
        { status: "failed", access: [] },
      ],
      "ran out": [(session) => world.sandbox.expire(session.id), { status: "expired", access: [] }],
      "paid late, and an event of another amount": [
        async (session) => {
          await world.sandbox.pay(session.id, "delayed");
          await world.sandbox.settle(session.id, "succeeded");
          const { line_items: _, ...object } = session;
          await world.sandbox.event({
            type: "checkout.session.completed",
            object: { ...object, status: "complete", payment_status: "paid", amount_total: 1 },
          });
        },
        { status: "blocked", access: [] },
      ],
    };
    test.for(Object.entries(lives))("%s", async ([_what, [live, end]], { task }) => {
      const states = new Set<string>();
      let tried = 0;
      /** Lives it anew, and brings what Stripe tells of it in this order; with none, in its own. */
      const endsTheSame = async (order?: readonly number[]): Promise<number> => {
        await world.reset();
        const { checkout, session } = await opened({ bump: true });
        await live(session);
        const deliveries = await waiting();
        for (const at of order ?? deliveries.keys()) {
          const delivery = deliveries[at];
          if (delivery) await statusOf(await world.post(delivery));
        }
        // Stripe repeats, too.
        for (const delivery of deliveries) expect(await statusOf(await world.post(delivery))).toMatch(/ again$/);
        const state = await endState(checkout);
        expect(state).toMatchObject(end);
        states.add(JSON.stringify(state));
        expect([...states]).toHaveLength(1);
        tried++;
        return deliveries.length;
      };
      const count = await endsTheSame();
      const all = permutations([...Array(count).keys()]);
      // All of up to 24 orders; of more, some of them.
      if (all.length <= 24) for (const order of all) await endsTheSame(order);
      else {
        const some = orders(count, 1).map((groups) => groups.flat());
        await holds(`orders of ${_what}`, some, { runs: size({ ci: 24, part: 240 }) }, endsTheSame);
      }
      tell(task, "P7", {
        counts: { lives: 1, "whole orders": tried },
        worst: { "events of a life": count, "end states of a life": states.size },
      });
      console.info(`${_what}: ${tried} orders, one end`);
    });
  });

  describe("what contradicts the checkout grants nothing and blocks", () => {
    // Events stay when the world is reset.
    let earlier: Record<string, number>;
    beforeEach(async () => {
      earlier = await blockedEvents();
    });

    test.each([
      ["another amount", { amount_total: 2799 }, "amount_mismatch"],
      ["no amount", { amount_total: null }, "amount_mismatch"],
      ["another currency", { currency: "eur" }, "currency_mismatch"],
      ["the other mode", { livemode: true }, "mode_mismatch"],
    ] as const)("%s", async (_what, change, reason) => {
      const { checkout, session } = await opened({ bump: true });
      const { line_items: _, ...object } = session;
      await world.sandbox.event({
        type: "checkout.session.completed",
        object: { ...object, status: "complete", payment_status: "paid", ...change },
      });
      const answers = await world.deliver();
      expect(await Promise.all(answers.map(statusOf))).toContain("blocked");
      expect(await blockedEvents(earlier)).toMatchObject({ [reason]: 1 });
      const state = await endState(checkout);
      expect(state).toMatchObject({ status: "blocked", access: [], tasks: [] });
      expect(state.blocked_reason).toBe(reason);
      // The true event does not lift it: a person has to look.
      await world.sandbox.pay(session.id, "paid");
      await world.deliver();
      expect(await endState(checkout)).toMatchObject({ status: "blocked", access: [] });
    });

    test("a session of another's that names our checkout leaves it untouched", async () => {
      const { checkout, session } = await opened();
      const { line_items: _, ...object } = session;
      const before = await intentRow(world, checkout.checkoutIntentId);
      const foreign = {
        ...object,
        id: "cs_test_a1somebodyElsesSession000001",
        status: "complete",
        payment_status: "paid",
      };
      for (const named of [
        foreign,
        { ...foreign, client_reference_id: null },
        { ...foreign, metadata: {} },
        { ...foreign, client_reference_id: "checkout-intent-other" },
      ]) {
        await world.sandbox.event({ type: "checkout.session.completed", object: named });
        expect(await delivered()).toBe("blocked");
      }
      expect(await blockedEvents(earlier)).toEqual({ other_session: 3, two_checkouts_named: 1 });
      expect(await intentRow(world, checkout.checkoutIntentId)).toEqual(before);
      expect(await granted(checkout)).toEqual([]);
    });

    test("foreign sessions are ignored with 2xx, and one that names a checkout that is not here is blocked", async () => {
      const { session } = await opened();
      const { line_items: _, ...object } = session;
      const paid = { ...object, id: "cs_test_a1foreign0000000000000001", status: "complete", payment_status: "paid" };
      const cases = [
        [{ client_reference_id: null, metadata: {} }, "ignored"],
        [{ client_reference_id: null, metadata: null }, "ignored"],
        [{ client_reference_id: "order-17", metadata: { checkout_intent_id: "order-17" } }, "ignored"],
        [{ client_reference_id: "user-7", metadata: { checkout_intent_id: "order-17" } }, "ignored"],
        [{ client_reference_id: "checkout-intent-none", metadata: {} }, "blocked"],
      ] as const;
      for (const [named, status] of cases) {
        await world.sandbox.event({ type: "checkout.session.completed", object: { ...paid, ...named } });
        expect([named, await delivered()]).toEqual([named, status]);
      }
      expect(await blockedEvents(earlier)).toEqual({ checkout_not_found: 1 });
    });

    test("a connected account's event about our session is not ours", async () => {
      const { checkout, session } = await opened();
      const { line_items: _, ...object } = session;
      await world.sandbox.event({
        type: "checkout.session.completed",
        object: { ...object, status: "complete", payment_status: "paid" },
        account: "acct_1ConnectedAccount",
      });
      expect(await delivered()).toBe("ignored");
      expect(await endState(checkout)).toMatchObject({ status: "open", access: [] });
    });

    test("another API version's event is applied when it says what it has to; when it does not, Stripe is asked", async () => {
      const first = await opened();
      const { line_items: _, ...object } = first.session;
      const paid = { ...object, status: "complete", payment_status: "paid" };
      await world.sandbox.event({ type: "checkout.session.completed", object: paid, apiVersion: "2035-01-01.zinnia" });
      await world.deliver();
      expect(await endState(first.checkout)).toMatchObject({ status: "paid", access: [BUNDLE] });

      const second = await opened();
      const { amount_total: _amount, line_items: _items, ...changed } = second.session;
      await world.sandbox.event({ type: "checkout.session.completed", object: { ...changed, payment_status: "paid" } });
      expect(await delivered()).toBe("processed");
      expect(await blockedEvents(earlier)).toEqual({});
      // Its session is not paid at Stripe, whatever the object said.
      expect(await endState(second.checkout)).toMatchObject({ status: "completed", access: [] });
    });

    test("unknown payment states grant nothing", async () => {
      const { checkout, session } = await opened();
      const { line_items: _, ...object } = session;
      await world.sandbox.event({
        type: "checkout.session.completed",
        object: { ...object, status: "complete", payment_status: "partially_paid" },
      });
      await world.deliver();
      expect(await endState(checkout)).toMatchObject({ status: "completed", access: [] });
    });
  });

  test("thousands of deliveries, half of them repeats, in any order: as many effects as events", async ({ task }) => {
    const wanted = size({ ci: 2_000, part: 10_000 });
    const checkouts = await Promise.all(Array.from({ length: 20 }, (_, index) => opened({ bump: index % 2 === 0 })));
    const paid = new Set<number>();
    const count = { events: 0, applied: 0, repeats: 0 };
    const at = Math.floor(world.clock.now() / 1000);
    const stored = async () => (await world.all("SELECT id FROM stripe_webhook_events")).length;
    const enough = () => 2 * count.events >= wanted;
    await holds("webhook deliveries", manyEvents, { runs: wanted, enough }, async ({ events, given }) => {
      const bodies = events.map(({ of, news: [type, change] }) => {
        const { line_items: _items, ...object } = checkouts[of]?.session ?? {};
        if (change.payment_status === "paid") paid.add(of);
        return JSON.stringify({
          id: `evt_many${count.events++}`,
          object: "event",
          api_version: "2026-10-28.endive",
          created: Math.floor(world.clock.now() / 1000),
          livemode: false,
          type,
          data: { object: { ...object, ...change } },
        });
      });
      const before = await stored();
      const twice = [...bodies, ...bodies];
      let [applied, repeats] = [0, 0];
      for (const group of given(orders, twice.length, 40)) {
        const answers = await Promise.all(
          group
            .flatMap((place) => twice[place] ?? [])
            .map(async (body) => world.post({ body, signature: await signBody(body, SECRET, at) })),
        );
        for (const answer of answers) {
          if ((await statusOf(answer)).endsWith("again")) repeats++;
          else applied++;
        }
      }
      expect([applied, repeats]).toEqual([bodies.length, bodies.length]);
      expect((await stored()) - before).toBe(bodies.length);
      count.applied += applied;
      count.repeats += repeats;
      for (const index of paid) {
        const { checkout } = checkouts[index] ?? {};
        const access = index % 2 === 0 ? [BUNDLE, DOWNLOAD] : [BUNDLE];
        if (checkout) expect(await endState(checkout)).toMatchObject({ status: "paid", access });
      }
    });
    tell(task, "P6", {
      counts: { deliveries: 2 * count.events, "distinct events": count.events, effects: count.applied },
    });
    console.info(
      `${2 * count.events} deliveries of ${count.events} events: ${count.applied} applied, ${count.repeats} repeats`,
    );
  });
});
