import { beforeAll, beforeEach, expect, test } from "vitest";
import type { StripeCall } from "../../src/db/schema/vocabulary.ts";
import { ROUTE_OF_CALL } from "../../src/stripe/calls.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors, type Reply } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { checkoutDoors, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const STATUSES = [400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, "lost"] as const;
type Status = (typeof STATUSES)[number];
const FINAL: readonly Status[] = [400, 401, 402, 403, 404, 422];
/** What Stripe's answers say, and no answer of ours to an agent may. */
const TOLD = { type: "invalid_request_error", code: "parameter_unknown", param: "automatic_tax[enabled]" } as const;
const SECRET = /req_|invalid_request_error|parameter_unknown|automatic_tax|A fault made/;

interface Refused {
  readonly call: string;
  readonly status: number;
  readonly whatToDo: string;
}

describeInWorld("every call that we make, with every answer of Stripe's", {}, (world) => {
  let starts: Doors;
  let ends: Doors;
  let health: () => Promise<Record<string, unknown>>;
  let owner: Browser;
  let buyer: Browser;
  const rows: Record<string, Record<string, string>> = {};
  let [final, left] = [0, 0];

  beforeAll(async () => {
    world.quiet = true;
    starts = await checkoutDoors(world);
    ends = await bearerDoors(world, expireCheckout, BUYER);
    health = await healthReader(world);
    owner = openBrowser(world.send, ORIGIN);
    buyer = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    await signIn(buyer, BUYER);
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await sale(world, { outcome: "paid" });
    await sale(world, { outcome: "delayed" });
    await world.deliver();
  });

  const strike = (path: string, status: Status, times: number) =>
    world.sandbox.fault(
      status === "lost"
        ? { target: "api", path, kind: "drop_connection_before", times: 2 * times }
        : { target: "api", path, kind: "status", status, times, ...(status < 500 && status !== 409 && TOLD) },
    );

  /** The doors of an agent, which note every byte of an answer. */
  const answers: string[] = [];
  const noted = async (reply: Promise<Reply>): Promise<Reply> => {
    const answer = await reply;
    answers.push([...answer.headers].join("\n"), answer.text);
    return answer;
  };
  const expireArgs = async () => {
    const started = resultOf(await starts.http(await launchPassCall(world)));
    return {
      checkoutIntentId: started.checkoutIntentId,
      confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
      expectedUpdatedAt: started.updatedAt,
      idempotencyKey: `end-${started.checkoutIntentId}`,
    };
  };
  const run = async () => {
    await world.db.exec("UPDATE checkout_intents SET check_at = 1 WHERE status IN ('paid', 'completed')");
    await world.scheduled();
  };
  const portal = async () => {
    const html = await (await buyer.get("/account")).text();
    const [subscription] = await world.all<{ id: string }>("SELECT id FROM billing_subscriptions LIMIT 1");
    const fields = { ...hiddenFields(html, "/account/billing"), subscriptionId: subscription?.id ?? "" };
    return buyer.post("/account/billing", fields);
  };

  /** Makes one call to Stripe with the fault in place; for a write, the function that repeats it. */
  type Trigger = (strikeNow: (times: number) => Promise<unknown>) => Promise<(() => Promise<Reply>) | undefined>;
  const create: Trigger = async (strikeNow) => {
    const call = await launchPassCall(world);
    await strikeNow(1);
    await noted(starts.http(call));
    return () => noted(starts.mcp(call));
  };
  const scheduled: Trigger = async (strikeNow) => {
    await strikeNow(200);
    await run();
    return undefined;
  };
  const TRIGGERS: Readonly<Partial<Record<StripeCall, Trigger>>> = {
    "checkout.sessions.create": create,
    "checkout.sessions.list": async (strikeNow) => {
      await world.sandbox.fault({ target: "api", path: ROUTE_OF_CALL["checkout.sessions.create"], kind: "stored_500" });
      return create(strikeNow);
    },
    "checkout.sessions.expire": async (strikeNow) => {
      const args = await expireArgs();
      await strikeNow(1);
      await noted(ends.http(args));
      return () => noted(ends.mcp(args));
    },
    "checkout.sessions.retrieve": scheduled,
    "subscriptions.retrieve": scheduled,
    "invoices.retrieve": scheduled,
    "invoices.list": scheduled,
    "invoice_payments.list": scheduled,
    "payment_intents.retrieve": scheduled,
    "refunds.list": scheduled,
    "disputes.list": scheduled,
    "events.list": scheduled,
    "events.retrieve": async (strikeNow) => {
      await world.db.exec(
        "UPDATE stripe_webhook_events SET status = 'failed', attempts = 0, updated_at = 0 WHERE id = (SELECT min(id) FROM stripe_webhook_events WHERE event_type = 'invoice.paid')",
      );
      return scheduled(strikeNow);
    },
    "billing_portal.sessions.create": async (strikeNow) => {
      await strikeNow(1);
      const answer = await portal();
      answers.push(await answer.text());
      expect(answer.status).toBe(502);
      return undefined;
    },
  };

  /** The statuses of everything that a read at Stripe could have changed. */
  const commerce = () =>
    world.all(
      `SELECT id, status FROM checkout_intents UNION ALL SELECT id, status FROM product_entitlements
       UNION ALL SELECT checkout_intent_id, status FROM publisher_plan_entitlements ORDER BY 1, 2`,
    );
  const stuck = () => world.all("SELECT id, write_name FROM operations WHERE status IN ('pending', 'outcome_unknown')");
  const unfinished = () => world.all("SELECT id, status, error FROM stripe_webhook_events WHERE status = 'failed'");

  beforeEach(() => world.sandbox.clearFaults());

  test.each(Object.entries(TRIGGERS))("%s", async (name, trigger) => {
    const call = name as Exclude<StripeCall, "other">;
    for (const status of STATUSES) {
      const what = `${call} ${status}`;
      await world.db.exec("DELETE FROM provider_refusals");
      world.log.length = 0;
      answers.length = 0;
      const before = await commerce();
      const again = await trigger((times) => strike(ROUTE_OF_CALL[call], status, times));
      const code = /"code":"([a-z_]+)"/.exec(answers.join(""))?.[1];
      const isWrite = again !== undefined;
      if (!isWrite) expect([what, await commerce()]).toEqual([what, before]);

      // A stored event that Stripe no longer has is blocked for the owner, and an end is read first: neither is a refusal.
      const gone = call === "events.retrieve" && status === 404;
      const told = FINAL.includes(status) && !gone;
      const { refusals, closedModes } = (await health()) as { refusals: Refused[]; closedModes: unknown[] };
      const mine = refusals.filter((one) => one.call === call);
      expect([what, mine.length > 0]).toEqual([what, told]);
      const page = await (await owner.get("/owner/refusals")).text();
      const lines = world.log.filter((one) => one.event === "stripe" && one.name === call);
      if (told) {
        final++;
        expect([what, mine[0]]).toMatchObject([what, { ...TOLD, status, stripeMode: "sandbox" }]);
        if (status === 403) expect(mine[0]?.whatToDo).toMatch(/Give the restricted key the right "/);
        expect([what, lines[0]?.refusal]).toMatchObject([
          what,
          { ...TOLD, status, requestId: expect.stringMatching(/^req_/) },
        ]);
        // One row for each reason shows the latest of the requests.
        expect([what, lines.some(({ refusal }) => page.includes(refusal?.requestId ?? "none"))]).toEqual([what, true]);
        expect(JSON.stringify(refusals)).not.toContain("req_");
      }
      expect([what, closedModes.length]).toEqual([what, status === 401 ? 1 : 0]);
      if (status === 401) {
        const calls = (await world.sandbox.calls()).length;
        expect((await noted(starts.http(await launchPassCall(world)))).code).toBe("ineligible_state");
        expect((await world.sandbox.calls()).length).toBe(calls);
      }

      // The fault ends: after one run nothing is stuck, and the person can buy.
      await world.sandbox.clearFaults();
      await world.advance(2400);
      await run();
      const stuckNow = await stuck();
      left += stuckNow.length;
      expect([what, stuckNow]).toEqual([what, []]);
      if (!gone) expect([what, await unfinished()]).toEqual([what, []]);
      expect([what, ((await health()) as { closedModes: unknown[] }).closedModes]).toEqual([what, []]);
      const repeated = await again?.();
      const failed = call === "checkout.sessions.create" || call === "checkout.sessions.expire" ? told : false;
      if (repeated) expect([what, repeated.code]).toEqual([what, failed ? "provider_refused" : undefined]);
      if (isWrite) {
        const fresh = resultOf(await noted(starts.http(await launchPassCall(world))));
        await sessionBehind(world, fresh);
      }
      expect([what, SECRET.exec(answers.join("\n"))]).toEqual([what, null]);
      expect([what, /Retry-After/i.test(answers[0] ?? "") && code === "provider_refused"]).toEqual([what, false]);
      await world.deliver();
      rows[call] = { ...rows[call], [status]: isWrite ? (code ?? "ok") : told ? "told" : "later" };
    }
  });

  test("the table", ({ task }) => {
    expect(Object.keys(rows)).toEqual(Object.keys(TRIGGERS));
    for (const row of Object.values(rows)) expect(Object.keys(row)).toHaveLength(STATUSES.length);
    for (const [call, row] of Object.entries(rows)) {
      console.info(`${call}: ${STATUSES.map((status) => `${status} ${row[status]}`).join(", ")}`);
    }
    tell(task, "P14", {
      counts: {
        "kinds of calls to Stripe": Object.keys(rows).length,
        "answers tried": Object.keys(rows).length * STATUSES.length,
        "final refusals told": final,
        "stuck afterwards": left,
      },
    });
  });
});
