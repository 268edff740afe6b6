import { beforeAll, beforeEach, expect, test } from "vitest";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors, type Person } from "../support/doors.ts";
import { withoutPlans } from "../support/plans.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const TEXT = "Expire open checkout for Bumpgrade launch pass at 9.00 USD";
const EXPIRE = "POST /v1/checkout/sessions/:id/expire";

const starters = new WeakMap<World, Map<Person, Promise<Doors>>>();
let keys = 0;

/** Starts a checkout of the launch pass; the answer's result. */
async function started(world: World, person: Person) {
  const doors = starters.get(world) ?? new Map<Person, Promise<Doors>>();
  starters.set(world, doors);
  const opened = doors.get(person) ?? bearerDoors(world, startCheckout, person);
  doors.set(person, opened);
  const offer = await world.read("commerce://offers/sandbox-launch-pass");
  const answer = await (await opened).http({
    offerId: "sandbox-launch-pass",
    confirmationText: offer.confirmationText,
    expectedUpdatedAt: offer.updatedAt,
    idempotencyKey: `start-${++keys}`,
  });
  expect(answer.code, answer.text).toBeUndefined();
  return answer.body.result as { checkoutIntentId: string; checkoutUrl: string; updatedAt: string };
}

const countCanceled = async (world: World) =>
  (await world.all("SELECT id FROM checkout_intents WHERE status = 'canceled'")).length;

describeConfirmedWrite(expireCheckout, {
  actor: BUYER,
  other: OWNER,
  async ready(world, person) {
    const { checkoutIntentId, updatedAt } = await started(world, person);
    return { input: { checkoutIntentId }, confirmationText: TEXT, expectedUpdatedAt: updatedAt };
  },
  otherInput: () => ({ checkoutIntentId: "checkout-intent-other" }),
  absent: () => ({ checkoutIntentId: "checkout-intent-absent" }),
  foreign: async (world) => ({ checkoutIntentId: (await started(world, OWNER)).checkoutIntentId }),
  move: async (world, { checkoutIntentId }) => {
    await world.all("UPDATE checkout_intents SET updated_at = updated_at + 1 WHERE id = ?", checkoutIntentId);
  },
  effects: countCanceled,
  result: ["checkoutIntentId", "status", "updatedAt"],
  audit: ["checkout_session_expired_by_actor"],
  trips: { first: 3, replay: 1 },
});

describeInWorld("expire_checkout", {}, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await bearerDoors(world, expireCheckout, BUYER);
  });
  beforeEach(async () => {
    world.database.reset();
    await world.sandbox.clearFaults();
    await world.deliver();
  });

  const call = async () => {
    const checkout = await started(world, BUYER);
    const args = {
      checkoutIntentId: checkout.checkoutIntentId,
      confirmationText: TEXT,
      expectedUpdatedAt: checkout.updatedAt,
      idempotencyKey: `expire-${++keys}`,
    };
    const sessions = await world.sandbox.sessions();
    const session = sessions.find((one) => one.client_reference_id === checkout.checkoutIntentId);
    return { ...checkout, args, sessionId: session?.id ?? "" };
  };
  const statusOf = async (id: string) =>
    (await world.all<{ status: string }>("SELECT status FROM checkout_intents WHERE id = ?", id))[0]?.status;
  const factsOf = async (id: string) =>
    (
      await world.all<{ fact: string }>(
        "SELECT fact FROM checkout_facts WHERE checkout_intent_id = ? ORDER BY fact",
        id,
      )
    ).map(({ fact }) => fact);

  test("the link leads nowhere afterwards, and Stripe's event changes nothing more", async () => {
    const { checkoutIntentId, checkoutUrl, args, sessionId } = await call();
    expect((await world.fetch(checkoutUrl)).status).toBe(303);
    const answer = await doors.mcp(args);
    expect(answer.body.result).toMatchObject({ checkoutIntentId, status: "canceled" });
    const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
    expect(session?.status).toBe("expired");

    const page = await world.fetch(checkoutUrl);
    expect([page.status, await page.text()]).toEqual([410, expect.stringContaining("This payment link has ended")]);
    for (const delivered of await world.deliver()) expect(delivered.status).toBe(200);
    expect(await statusOf(checkoutIntentId)).toBe("canceled");
    expect(await factsOf(checkoutIntentId)).toEqual(["expired_by_actor", "session_expired"]);
    await expect(world.sandbox.pay(sessionId, "paid")).rejects.toThrow();
  });

  test.each([
    ["experiment", false, "Expire open checkout for Bumpgrade Experiment plan at 97.00 USD per month"],
    [
      "grow",
      true,
      "Expire open checkout for Bumpgrade Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD",
    ],
  ] as const)(
    "a checkout of the plan %s says so in its text, and the plan can be started again",
    async (slug, setup, text) => {
      await withoutPlans(world);
      const start = await bearerDoors(world, startPlanCheckout, BUYER);
      const plan = (await world.read(`commerce://plans/${slug}`)) as {
        updatedAt: string;
        confirmationText: string;
        setup?: { confirmationText: string };
      };
      const wanted = {
        planSlug: slug,
        includeSetup: setup,
        confirmationText: setup ? plan.setup?.confirmationText : plan.confirmationText,
        expectedUpdatedAt: plan.updatedAt,
      };
      const begun = await start.http({ ...wanted, idempotencyKey: `plan-${++keys}` });
      const { checkoutIntentId, updatedAt } = begun.body.result as { checkoutIntentId: string; updatedAt: string };
      expect((await start.http({ ...wanted, idempotencyKey: `plan-${++keys}` })).code).toBe("ineligible_state");
      const args = {
        checkoutIntentId,
        confirmationText: text,
        expectedUpdatedAt: updatedAt,
        idempotencyKey: `e-${++keys}`,
      };
      expect((await doors.http(args)).body).toMatchObject({ result: { status: "canceled" } });
      expect((await start.http({ ...wanted, idempotencyKey: `plan-${++keys}` })).code).toBeUndefined();
    },
  );

  test("Stripe's event before our finish ends in the same state", async () => {
    const { checkoutIntentId, args } = await call();
    world.database.lose({ 3: "before" });
    expect((await doors.http(args)).code).toBe("outcome_unknown");
    world.database.reset();
    await world.deliver();
    expect(await statusOf(checkoutIntentId)).toBe("expired");
    const answer = await doors.http(args);
    expect(answer.body).toMatchObject({ replayed: false, result: { status: "canceled" } });
    expect(await statusOf(checkoutIntentId)).toBe("canceled");
  });

  test("a payment at the same moment wins, and only the webhook decides on it", async () => {
    const { checkoutIntentId, args, sessionId } = await call();
    await world.sandbox.pay(sessionId, "paid");
    const refusal = await doors.http(args);
    expect(refusal).toMatchObject({ status: 409, code: "ineligible_state" });
    expect([await statusOf(checkoutIntentId), await factsOf(checkoutIntentId)]).toEqual(["open", []]);
    await world.deliver();
    expect(await statusOf(checkoutIntentId)).toBe("paid");
    expect((await doors.mcp(args)).body).toEqual(refusal.body);
    expect(
      await world.all("SELECT id FROM product_entitlements WHERE checkout_intent_id = ?", checkoutIntentId),
    ).toHaveLength(1);
  });

  test.each([
    ["paid", (id: string) => world.sandbox.pay(id, "paid")],
    ["completed", (id: string) => world.sandbox.pay(id, "delayed")],
    ["expired", (id: string) => world.sandbox.expire(id)],
  ] as const)("a checkout that is %s is refused, and Stripe is not asked", async (status, act) => {
    const { checkoutIntentId, args, sessionId } = await call();
    await act(sessionId);
    await world.deliver();
    expect(await statusOf(checkoutIntentId)).toBe(status);
    const [{ updated_at }] = (await world.all<{ updated_at: number }>(
      "SELECT updated_at FROM checkout_intents WHERE id = ?",
      checkoutIntentId,
    )) as [{ updated_at: number }];
    const before = (await world.sandbox.calls()).length;
    const answer = await unchanged(world, () =>
      doors.http({ ...args, expectedUpdatedAt: new Date(updated_at).toISOString() }),
    );
    expect(answer).toMatchObject({ status: 409, code: "ineligible_state" });
    expect(await world.sandbox.calls()).toHaveLength(before);
  });

  test("what ended at Stripe without our knowing is canceled", async () => {
    const { checkoutIntentId, args, sessionId } = await call();
    await world.sandbox.expire(sessionId);
    expect((await doors.http(args)).body).toMatchObject({ result: { status: "canceled" } });
    await world.deliver();
    expect(await statusOf(checkoutIntentId)).toBe("canceled");
  });

  test("a checkout that Stripe has not answered for has nothing to end", async () => {
    const { checkoutIntentId, args } = await call();
    await world.all("UPDATE checkout_intents SET status = 'created' WHERE id = ?", checkoutIntentId);
    expect(await unchanged(world, () => doors.http(args))).toMatchObject({ code: "ineligible_state" });
  });

  test("of two keys that saw one version, one goes to Stripe", async () => {
    const { args } = await call();
    const before = await countCanceled(world);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => doors.http({ ...args, idempotencyKey: `racer-${keys}-${index}` })),
    );
    const codes = answers.map(({ code }) => code ?? "succeeded").sort();
    expect(codes.filter((code) => code === "succeeded")).toHaveLength(1);
    expect(codes.filter((code) => code === "stale_state")).toHaveLength(19);
    expect(await countCanceled(world)).toBe(before + 1);
  });

  test.each([
    ["fail_before", "outcome_unknown", {}],
    ["drop_connection_before", "outcome_unknown", { times: 2 }],
    ["stored_500", "outcome_unknown", {}],
    ["stored_500_after", undefined, {}],
    ["fail_after", undefined, {}],
    ["cut_body", undefined, {}],
    ["drop_connection_after", undefined, {}],
    ["status", "provider_unavailable", { status: 429 }],
    ["status", "operation_in_progress", { status: 409, type: "idempotency_error" }],
  ] as const)("Stripe answers with %s: the same key ends it once", async (kind, code, more) => {
    const { checkoutIntentId, args } = await call();
    await world.sandbox.fault({ target: "api", path: EXPIRE, kind, times: 1, ...more });
    const first = await doors.http(args);
    expect(first.code, first.text).toBe(code);
    expect(await statusOf(checkoutIntentId)).toBe(code === undefined ? "canceled" : "open");
    await world.sandbox.clearFaults();
    const again = await doors.http(args);
    expect(again.body, again.text).toMatchObject({ result: { checkoutIntentId, status: "canceled" } });
    const told = (await world.sandbox.deliveries({ pending: true })).filter(
      ({ type, body }) => type === "checkout.session.expired" && body.includes(checkoutIntentId),
    );
    expect(told).toHaveLength(1);
  });

  test("where Stripe cannot even be asked how it stands, nothing is claimed to have happened", async () => {
    const { checkoutIntentId, args, sessionId } = await call();
    await world.sandbox.fault({ target: "api", path: EXPIRE, kind: "fail_after", times: 1 });
    await world.sandbox.fault({ target: "api", path: "GET /v1/checkout/sessions/:id", kind: "fail_before", times: 1 });
    expect((await doors.http(args)).code).toBe("outcome_unknown");
    expect(await statusOf(checkoutIntentId)).toBe("open");
    expect((await doors.http(args)).body).toMatchObject({ result: { status: "canceled" } });
    expect((await world.sandbox.sessions()).find(({ id }) => id === sessionId)?.status).toBe("expired");
  });

  test("after its own end a checkout is refused, and the same key still settles what was begun", async () => {
    const late = await call();
    const begun = await call();
    await world.sandbox.fault({ target: "api", path: EXPIRE, kind: "fail_before", times: 1 });
    expect((await doors.http(begun.args)).code).toBe("outcome_unknown");
    await world.advance(23 * 3600);
    doors = await bearerDoors(world, expireCheckout, BUYER);
    expect((await doors.http(late.args)).code).toBe("ineligible_state");
    expect((await doors.http(begun.args)).body).toMatchObject({ result: { status: "canceled" } });
  });

  test("it moved no money: Stripe saw sessions and nothing else", async () => {
    const calls = (await world.sandbox.calls()).map((call) => JSON.stringify(call));
    expect(calls.filter((call) => /refund|payment_intents|charges|payout|transfer/.test(call))).toEqual([]);
  });
});
