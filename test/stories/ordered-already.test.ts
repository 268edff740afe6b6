import { beforeAll, beforeEach, expect, test } from "vitest";
import { openAgent, pathIn, unconfirmed } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors, Person } from "../support/doors.ts";
import { checkoutDoors, launchPassCall, OFFER, resultOf, type Started, sessionBehind } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { readAs } from "../support/read-as.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const NONE = "no other order of this is open, on its way, or paid in the last 24 hours";
const AGAIN = "you ordered this before; this is one more order";
const HOUR = 3_600;

describeInWorld("what a person has ordered already", { reset: true }, (world) => {
  let doors: Doors;
  let agent: Awaited<ReturnType<typeof openAgent>>;
  let browser: ReturnType<typeof openBrowser>;
  let keys = 0;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    agent = await openAgent(world);
    browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await world.db.exec("UPDATE checkout_intents SET status = 'expired', paid_at = NULL");
    await world.db.exec("DELETE FROM approvals");
  });

  const start = async (bump = false): Promise<Started> =>
    resultOf(await doors.http(await launchPassCall(world, { bump })));

  /** The rows under the sentence on the page that asks the person: each label with its value. */
  async function shownBefore(): Promise<[string, string][]> {
    const asked = await agent.call("start_checkout", await unconfirmed(world, `ordered-${++keys}`));
    const page = await (await browser.get(pathIn(asked))).text();
    const rows = [...page.matchAll(/<dt>([^<]*)<\/dt><dd>([^<]*)<\/dd>/g)];
    return rows.map(([, label = "", value = ""]) => [label, value]);
  }

  /** The rows about earlier orders, without the time of an order. */
  async function ordersShown(): Promise<string[][]> {
    const rows = (await shownBefore()).filter(([label]) =>
      ["Now", "Ordered already", "Also open for payment"].includes(label),
    );
    return rows.map((row) => row.map((text) => text.replace(/ordered at [^:]+(:\d\d)?[^:]*: /, "")));
  }

  const readOffer = (who: Person = BUYER, scopes = ["checkout:write"]): Promise<Record<string, unknown>> =>
    readAs(world, who, `commerce://offers/${OFFER}`, scopes);
  const known = async () =>
    (await readOffer()).yourCheckouts as { checkoutIntentId: string; status: string }[] | undefined;

  test("without an order the page says so, and the offer lists none", async () => {
    expect(await ordersShown()).toEqual([["Now", NONE]]);
    expect(await known()).toBeUndefined();
    expect((await start()).otherOpenCheckouts).toBeUndefined();
  });

  test.each([
    ["open", "waiting for payment", async (_: string): Promise<unknown> => undefined],
    ["completed", "ordered, the payment is on its way", (id: string) => world.sandbox.pay(id, "delayed")],
    ["paid", "paid", (id: string) => world.sandbox.pay(id, "paid")],
  ] as const)(
    "an order that is %s is told of on the page, in the offer and in the result",
    async (status, words, move) => {
      const first = await start(true);
      await move((await sessionBehind(world, first)).id);
      await world.deliver();
      expect(await ordersShown()).toEqual([
        ["Now", AGAIN],
        ["Ordered already", `Bumpgrade launch pass and Launch checklist, ${words}`],
      ]);
      expect(await known()).toEqual([
        {
          checkoutIntentId: first.checkoutIntentId,
          status,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          lines: [{ name: "Bumpgrade launch pass" }, { name: "Launch checklist" }],
        },
      ]);
      expect((await start()).otherOpenCheckouts).toEqual([first.checkoutIntentId]);
    },
  );

  test("a payment is recent for 24 hours", async () => {
    const first = await start();
    await world.sandbox.pay((await sessionBehind(world, first)).id, "paid");
    await world.deliver();
    await world.advance(24 * HOUR - 60);
    expect(await ordersShown()).toContainEqual(["Now", AGAIN]);
    await world.advance(61);
    expect(await ordersShown()).toEqual([["Now", NONE]]);
    expect(await known()).toBeUndefined();
  });

  test("an order that ended without payment, or was refunded, is none", async () => {
    const [expired, refunded] = [await start(), await start()];
    await world.sandbox.expire((await sessionBehind(world, expired)).id);
    const { id } = await sessionBehind(world, refunded);
    await world.sandbox.pay(id, "paid");
    await world.deliver();
    const session = (await world.sandbox.sessions()).find((one) => one.id === id);
    await world.sandbox.refund({ paymentIntent: String(session?.payment_intent) });
    await world.deliver();
    expect(await ordersShown()).toEqual([["Now", NONE]]);
  });

  test("a page that ran out without Stripe's word is none", async () => {
    await start();
    await world.advance(23 * HOUR + 1);
    expect(await ordersShown()).toEqual([["Now", NONE]]);
  });

  test("an open page for something else is told of as that, after the orders of the same", async () => {
    const plan = await openPlan(world, (await planDoors(world)).http);
    expect(await ordersShown()).toEqual([
      ["Now", NONE],
      ["Also open for payment", "Grow, waiting for payment"],
    ]);
    const pass = await start();
    expect(pass.otherOpenCheckouts).toEqual([plan.checkoutIntentId]);
    expect((await ordersShown()).map(([label]) => label)).toEqual(["Now", "Ordered already", "Also open for payment"]);
    expect((await start()).otherOpenCheckouts).toEqual([pass.checkoutIntentId, plan.checkoutIntentId]);
    expect((await known())?.map(({ status }) => status)).toEqual(["open", "open"]);
  });

  test("five orders are told of, the newest first", async () => {
    const ids: string[] = [];
    for (let order = 0; order < 7; order++) {
      ids.push((await start()).checkoutIntentId);
      await world.advance(60);
    }
    const last = await start();
    expect(last.otherOpenCheckouts).toEqual(ids.reverse().slice(0, 5));
    expect((await ordersShown()).filter(([label]) => label === "Ordered already")).toHaveLength(5);
    expect(await known()).toHaveLength(5);
  });

  test("they are told to the person alone: not to others, to the public, or to a token without the scope", async () => {
    await start();
    expect(await world.read(`commerce://offers/${OFFER}`)).not.toHaveProperty("yourCheckouts");
    expect(await readOffer(OWNER)).not.toHaveProperty("yourCheckouts");
    expect(await readOffer(BUYER, ["affiliates:write"])).not.toHaveProperty("yourCheckouts");
    expect(await readOffer()).toHaveProperty("yourCheckouts");
  });

  test("a repeated call does not name its own order", async () => {
    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", kind: "fail_before", times: 1 });
    world.quiet = true;
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    world.quiet = false;
    expect(resultOf(await doors.http(call)).otherOpenCheckouts).toBeUndefined();
  });
});
