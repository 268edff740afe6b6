import { beforeEach, expect, test } from "vitest";
import { ACCOUNT_BOUNDS, BOUNDS } from "../../src/base/bounds.ts";
import type { HealReport } from "../../src/commerce/heal/heal.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { countersOn } from "../support/counters.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Reply, sharedDoors } from "../support/doors.ts";
import { CREATE, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { sale, versionOf } from "../support/sale.ts";
import { BUYER, OWNER } from "../support/world.ts";

const DAY = 86_400;
const { most } = BOUNDS.openCheckouts;
const EXPIRE_TEXT = "Expire open checkout for Bumpgrade launch pass at 9.00 USD";

describeInWorld("bounds on the checkouts of one account", { reset: true }, (world) => {
  beforeEach(async () => {
    world.restart({}, ACCOUNT_BOUNDS);
    await world.all(
      "UPDATE checkout_intents SET status = 'canceled', check_at = NULL WHERE status IN ('created', 'open')",
    );
    await world.all("DELETE FROM bound_counts");
  });

  const doorsOf = (person = BUYER) => sharedDoors(world, startCheckout, person);
  const start = async (person = BUYER) => (await doorsOf(person)).http(await launchPassCall(world));
  const open = async () => {
    const started = [];
    for (let n = 0; n < most; n++) started.push(resultOf(await start()));
    return started;
  };
  const expire = async (checkoutIntentId: string, idempotencyKey = `expire-${checkoutIntentId}`): Promise<Reply> =>
    (await sharedDoors(world, expireCheckout, BUYER)).http({
      checkoutIntentId,
      confirmationText: EXPIRE_TEXT,
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey,
    });
  const creates = async () =>
    (await world.sandbox.calls()).filter(({ method, path }) => `${method} ${path}` === CREATE).length;
  const run = async (): Promise<HealReport> => {
    await world.scheduled();
    const [row] = await world.all<{ report_json: string }>(
      "SELECT report_json FROM scheduled_runs ORDER BY finished_at DESC, id DESC LIMIT 1",
    );
    return JSON.parse(row?.report_json ?? "") as HealReport;
  };

  test("the 21st open checkout is refused with the open ones and the way out; another account goes on; an end makes room", async () => {
    const started = await open();
    const calls = await creates();
    for (const door of [(await doorsOf()).http, (await doorsOf()).mcp]) {
      const call = await launchPassCall(world);
      const refused = await unchanged(world, () => door(call), ["bounds_met"]);
      expect([refused.code, refused.body.resource]).toEqual(["ineligible_state", "commerce://checkouts"]);
      const detail = String(refused.body.detail);
      for (const { checkoutIntentId } of started) expect(detail).toContain(checkoutIntentId);
      expect(detail).toContain("expire_checkout");
      // Without a text, too: a person is not asked to confirm what cannot start.
      const { confirmationText: _, ...unconfirmed } = call;
      expect((await door(unconfirmed)).code).toBe("ineligible_state");
    }
    expect(await creates()).toBe(calls);
    expect(await world.all("SELECT bound FROM bounds_met WHERE bound = 'openCheckouts'")).toHaveLength(1);
    expect((await start(OWNER)).code).toBeUndefined();

    expect((await expire(started[3]?.checkoutIntentId ?? "")).code).toBeUndefined();
    expect((await start()).code).toBeUndefined();
    expect((await start()).code).toBe("ineligible_state");
    // A payment makes room, too, and so does the end of a session.
    await world.sandbox.pay((await sessionBehind(world, started[5] ?? resultOf(await start()))).id, "paid");
    await world.deliver();
    expect((await start()).code).toBeUndefined();
    await world.advance(DAY);
    expect((await start()).code).toBeUndefined();
  });

  test("of many at once beside 19 open ones one opens", async () => {
    for (let n = 0; n < most - 1; n++) resultOf(await start());
    const calls = await Promise.all(Array.from({ length: 40 }, () => launchPassCall(world)));
    const { http } = await doorsOf();
    const codes = (await Promise.all(calls.map((call) => http(call)))).map(({ code }) => code ?? "started");
    expect(codes.filter((code) => code === "started")).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(["started", "ineligible_state"]));
  });

  test("a repeat is no second start: finished ones are replayed at the bound", async () => {
    const calls = [];
    const { http } = await doorsOf();
    for (let n = 0; n < most; n++) {
      const call = await launchPassCall(world);
      resultOf(await http(call));
      calls.push(call);
    }
    for (const call of calls) expect((await http(call)).headers.get("Idempotent-Replayed")).toBe("true");
  });

  test("one account reaches Stripe 20 times a minute; its reads and replays go on, and another account starts", async () => {
    world.restart(countersOn(world.clock), ACCOUNT_BOUNDS);
    const { http } = await doorsOf();
    const [first, ...calls] = await Promise.all(Array.from({ length: 60 }, () => launchPassCall(world)));
    if (!first) throw new Error("no call");
    const before = (await world.sandbox.calls()).length;
    resultOf(await http(first));
    for (let n = 0; n < 4; n++) {
      const started = resultOf(await http(calls[n] ?? first));
      expect((await expire(started.checkoutIntentId)).code).toBeUndefined();
    }
    const answers = await Promise.all(calls.slice(4).map((call) => http(call)));
    const codes = answers.map(({ code }) => code ?? "started");
    expect(codes.filter((code) => code === "started")).toHaveLength(BOUNDS.stripeCalls.most - 9);
    const refused = answers.find(({ code }) => code === "rate_limited");
    expect([refused?.status, refused?.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect((await http(first)).headers.get("Idempotent-Replayed")).toBe("true");
    expect((await start(OWNER)).code).toBeUndefined();
    console.log(
      `one account in a minute: ${(await world.sandbox.calls()).length - before} calls to Stripe for 65 calls of its own and one of another's`,
    );
    world.skew(60);
    const again = calls.at(-1) ?? first;
    expect((await http(again)).code).toBeUndefined();
  });

  test("one account starts 300 checkouts a day by starting and expiring, and goes on the next day", async () => {
    resultOf(await start());
    await world.all("UPDATE bound_counts SET count = ? WHERE bound = 'startsADay'", BOUNDS.startsADay.most - 1);
    const last = resultOf(await start());
    expect((await expire(last.checkoutIntentId)).code).toBeUndefined();
    const refused = await unchanged(world, start, ["bounds_met"]);
    expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(60);
    await world.advance(DAY);
    expect((await start()).code).toBeUndefined();
  });

  test("evidence: 20 a day on checkouts that are not paid", async () => {
    const { http } = await sharedDoors(world, createCommissionEvidence, BUYER);
    const evidence = async (checkoutIntentId: string) =>
      http({
        checkoutIntentId,
        confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
        expectedUpdatedAt: await versionOf(world, checkoutIntentId),
        idempotencyKey: `evidence-${checkoutIntentId}`,
      });
    const unpaid = await sale(world, { referred: true, outcome: "none" });
    expect((await evidence(unpaid.checkoutIntentId)).code).toBeUndefined();
    await world.all(
      "UPDATE bound_counts SET count = ? WHERE bound = 'unpaidEvidenceADay'",
      BOUNDS.unpaidEvidenceADay.most,
    );
    const next = await sale(world, { referred: true, outcome: "none" });
    const refused = await unchanged(world, () => evidence(next.checkoutIntentId), ["bounds_met"]);
    expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
    const paid = await sale(world, { referred: true });
    expect((await evidence(paid.checkoutIntentId)).code).toBeUndefined();
  });

  test("one that was never paid goes with its operations after 30 days; a named one keeps its row; a paid one stays whole", async () => {
    // Those of earlier tests are cleared already.
    await world.all("UPDATE checkout_intents SET frozen_request_json = '{}' WHERE status IN ('canceled', 'expired')");
    const { http } = await doorsOf();
    const call = await launchPassCall(world);
    const ended = resultOf(await http(call));
    expect((await expire(ended.checkoutIntentId, "expire-ended")).code).toBeUndefined();
    const runOut = resultOf(await start());
    const ofRunOut = await sessionBehind(world, runOut);
    const named = await sale(world, { referred: true, outcome: "none" });
    const paid = await sale(world);
    await world.sandbox.expire(ofRunOut.id);
    await world.deliver();
    const callOfNamed = (await intentRow(world, named.checkoutIntentId)).idempotency_key;
    expect((await expire(named.checkoutIntentId)).code).toBeUndefined();
    const rowsOf = async (id: string) => ({
      intents: (await world.all("SELECT id FROM checkout_intents WHERE id = ?", id)).length,
      lines: (await world.all("SELECT 1 FROM checkout_intent_lines WHERE checkout_intent_id = ?", id)).length,
      links: (await world.all("SELECT 1 FROM checkout_links WHERE checkout_intent_id = ?", id)).length,
      operations: (
        await world.all(
          "SELECT id FROM operations WHERE id IN (SELECT operation_id FROM payment_audit_events WHERE checkout_intent_id = ?)",
          id,
        )
      ).length,
      audit: (await world.all("SELECT id FROM payment_audit_events WHERE checkout_intent_id = ?", id)).length,
    });
    const before = {
      ended: await rowsOf(ended.checkoutIntentId),
      paid: await rowsOf(paid.checkoutIntentId),
      document: await (await world.fetch("/affiliates/source-data")).text(),
    };
    world.skew(29 * DAY);
    await run();
    expect(await rowsOf(ended.checkoutIntentId)).toEqual(before.ended);
    expect((await http(call)).headers.get("Idempotent-Replayed")).toBe("true");

    world.skew(2 * DAY);
    await world.all("DELETE FROM scheduled_runs");
    await Promise.all([run(), run()]);
    const reports = await world.all<{ report_json: string }>("SELECT report_json FROM scheduled_runs");
    const cleared = reports.map(({ report_json }) => (JSON.parse(report_json) as HealReport).endedCheckouts);
    // Of two runs at once one clears, and the other finds it done.
    expect(cleared).toHaveLength(2);
    expect(cleared).toContainEqual({ removed: 2, emptied: 1 });
    expect(cleared).toContainEqual({ removed: 0, emptied: 0 });
    const gone = { intents: 0, lines: 0, links: 0, operations: 0 };
    expect(await rowsOf(ended.checkoutIntentId)).toEqual({ ...gone, audit: before.ended.audit });
    expect(await rowsOf(runOut.checkoutIntentId)).toMatchObject(gone);
    expect(await rowsOf(paid.checkoutIntentId)).toEqual(before.paid);
    expect(await rowsOf(named.checkoutIntentId)).toMatchObject({ intents: 1, lines: 1, links: 0 });
    expect(await intentRow(world, named.checkoutIntentId)).toMatchObject({
      status: "canceled",
      frozen_request_json: "{}",
      redirect_url: "",
      success_url: "",
      cancel_url: "",
      stripe_checkout_url: null,
    });
    expect(await (await world.fetch("/affiliates/source-data")).text()).toBe(before.document);
    // The key of a kept row is still taken.
    const again = await http({ ...(await launchPassCall(world)), idempotencyKey: callOfNamed, referralClickId: "x" });
    expect(again.code).toBe("idempotency_conflict");
    // An event that Stripe sends once more finds no checkout, and opens none.
    await world.sandbox.event({ type: "checkout.session.expired", object: { ...ofRunOut, status: "expired" } });
    await unchanged(world, () => world.deliver(), ["stripe_webhook_events", "payment_audit_events"]);
    expect(await run()).toMatchObject({ endedCheckouts: { removed: 0, emptied: 0 } });
    world.skew(-31 * DAY);
  });

  test("the schedule takes the accounts in turn: behind 600 waiting checkouts of one account another's is checked at once", async () => {
    await world.all("UPDATE checkout_intents SET check_at = NULL");
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    const columns = await world.all<{ name: string }>("SELECT name FROM pragma_table_info('checkout_intents')");
    const own = ["id", "idempotency_key", "operation_id", "audit_correlation_id", "stripe_checkout_session_id"];
    const values = columns.map(({ name }) => (own.includes(name) ? `${name} || '-' || i` : name));
    await world.all(
      `INSERT INTO checkout_intents (${columns.map(({ name }) => name).join(", ")})
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
       SELECT ${values.join(", ")} FROM n, checkout_intents WHERE id = ?`,
      checkoutIntentId,
    );
    const waiting = (await world.all("SELECT id FROM checkout_intents WHERE status = 'open' AND check_at IS NOT NULL"))
      .length;
    expect(waiting).toBeGreaterThan(600);
    const other = await sale(world, { outcome: "none", person: OWNER });
    await world.advance(3 * 3600);
    await run();
    const asked = (await world.sandbox.calls()).map(({ path }) => path);
    const session = String((await intentRow(world, other.checkoutIntentId)).stripe_checkout_session_id);
    expect(asked.some((path) => path.includes(session))).toBe(true);
  });
});
