import { beforeAll, describe, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors, Reply } from "../support/doors.ts";
import {
  CREATE,
  checkoutDoors,
  intentRow,
  LIST,
  launchPassCall,
  resultOf,
  type Started,
  sessionBehind,
} from "../support/launch-pass.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { until } from "../support/until.ts";
import type { Fault } from "../support/watched-database.ts";

type ApiFault = Omit<Extract<FaultRequest, { target: "api" }>, "target" | "path">;

/** Everything that can happen to the call that creates a session. */
const ON_CREATE: Record<string, ApiFault> = {
  unreachable: { kind: "drop_connection_before", times: 2 },
  "500 before acting, not stored": { kind: "fail_before" },
  "500 instead of acting, stored": { kind: "stored_500" },
  "500 after acting, stored": { kind: "stored_500_after" },
  "500 after acting, the true answer stored": { kind: "fail_after" },
  "answer cut": { kind: "cut_body" },
  "answer lost": { kind: "drop_connection_after", times: 2 },
  "answer lost once": { kind: "drop_connection_after" },
  "400 stored": { kind: "status", status: 400, stored: true },
  "400 not stored": { kind: "status", status: 400 },
  "401": { kind: "status", status: 401 },
  "402 stored": { kind: "status", status: 402, type: "card_error", stored: true },
  "403": { kind: "status", status: 403 },
  "404 stored": { kind: "status", status: 404, stored: true },
  "409 key in use": { kind: "status", status: 409, type: "idempotency_error", code: "idempotency_key_in_use" },
  "409 lock": { kind: "status", status: 409, code: "lock_timeout" },
  "400 key used for another request": { kind: "status", status: 400, type: "idempotency_error", stored: true },
  "429": { kind: "status", status: 429, code: "rate_limit" },
  "503": { kind: "status", status: 503 },
  "503 stored": { kind: "status", status: 503, stored: true },
  slow: { kind: "delay_after", ms: 20 },
};

/** And to the one that looks for a session. */
const ON_LIST: Record<string, ApiFault | undefined> = {
  "list works": undefined,
  "list unreachable": { kind: "drop_connection_before", times: 2 },
  "list fails": { kind: "fail_before" },
  "list is cut": { kind: "cut_body" },
  "list is refused": { kind: "status", status: 429 },
};

/** The faults that refuse for good. */
const REFUSING = ["400 stored", "400 not stored", "401", "402 stored", "403", "404 stored"];

const UNFINISHED = ["internal", "outcome_unknown", "operation_in_progress", "provider_unavailable"];

describeInWorld("start_checkout, when Stripe fails", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });

  const strike = (path: string, fault: ApiFault) =>
    world.sandbox.fault({ ...fault, target: "api", path } as FaultRequest);

  let [mostLinks, mostRetries] = [0, 0];

  /** Calls, lets the faults run out, retries as a client would, and holds the end to what was promised. */
  async function settles(what: string, faults: Record<number, Fault>): Promise<{ first: Reply; started: Started }> {
    const mayRefuse = REFUSING.some((name) => what.startsWith(`${name}, `));
    const call = await launchPassCall(world);
    world.quiet = true;
    world.database.lose(faults);
    const answers = [await doors.http(call)];
    world.database.reset();
    await world.sandbox.clearFaults();
    for (let retry = 0; retry < 2 && answers.at(-1)?.code !== undefined; retry++) answers.push(await doors.http(call));
    world.quiet = false;
    if (mayRefuse && answers.at(-1)?.code === "provider_refused") {
      await endedRefused(what, call);
      // A 401 closes the mode; the scheduled run finds that the key works and reopens it.
      if (what.startsWith("401, ")) await world.scheduled();
      return settles(`again after ${what}`, {});
    }
    const [first] = answers;
    const last = answers.at(-1);
    if (!first || !last) throw new Error("no call was answered");
    for (const answer of answers) if (answer.code) expect(UNFINISHED, `${what}: ${answer.text}`).toContain(answer.code);
    expect(last.code, `${what}: ${last.text}`).toBeUndefined();

    mostRetries = Math.max(mostRetries, answers.length - 1);
    const links = answers.filter(({ code }) => code === undefined).map((answer) => resultOf(answer).checkoutUrl);
    mostLinks = Math.max(mostLinks, new Set(links).size);
    const started = resultOf(last);
    const session = await sessionBehind(world, started);
    expect([what, session.client_reference_id, session.amount_total]).toEqual([what, started.checkoutIntentId, 900]);
    const replay = await doors.mcp(call);
    expect(replay.body, what).toEqual({ ...last.body, replayed: true });
    const intents = await world.all("SELECT id FROM checkout_intents WHERE idempotency_key = ?", call.idempotencyKey);
    expect(intents, what).toEqual([{ id: started.checkoutIntentId }]);
    expect(await intentRow(world, started.checkoutIntentId), what).toMatchObject({
      status: "open",
      blocked_reason: null,
      stripe_checkout_session_id: session.id,
    });
    const audit = await world.all<{ event_kind: string; audit_correlation_id: string }>(
      "SELECT * FROM payment_audit_events WHERE checkout_intent_id = ?",
      started.checkoutIntentId,
    );
    const kinds = audit.map((row) => row.event_kind);
    for (const once of ["checkout_intent_created", "checkout_session_created"]) {
      expect(
        kinds.filter((kind) => kind === once),
        `${what}: ${kinds}`,
      ).toEqual([once]);
    }
    expect(new Set(audit.map((row) => row.audit_correlation_id)).size).toBe(1);
    return { first, started };
  }

  /** A final refusal leaves nothing open and nothing at Stripe, and its key replays it. */
  async function endedRefused(what: string, call: Awaited<ReturnType<typeof launchPassCall>>): Promise<void> {
    const [intent] = await world.all<{ id: string }>(
      "SELECT id, status, blocked_reason, check_at FROM checkout_intents WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    expect([what, intent]).toMatchObject([what, { status: "failed", blocked_reason: null, check_at: null }]);
    const kinds = await world.all<{ event_kind: string }>(
      "SELECT event_kind FROM payment_audit_events WHERE checkout_intent_id = ? ORDER BY sequence",
      intent?.id,
    );
    expect([what, kinds[0]?.event_kind]).toEqual([what, "checkout_intent_created"]);
    expect([what, kinds.filter(({ event_kind }) => event_kind === "provider_refused").length]).toEqual([what, 1]);
    expect([what, await world.sandbox.sessions()]).toEqual([what, []]);
    const replay = await doors.mcp(call);
    expect([what, replay.code, replay.headers.get("Retry-After")]).toEqual([what, "provider_refused", null]);
  }

  test.for(Object.keys(ON_LIST))(
    "every fault of Stripe's, with every fault of D1's, while the %s",
    async (listFault, { task }) => {
      const databaseFaults: Record<number, Fault>[] = [{}, { 3: "before" }];
      if (listFault === "list works" || partNumber !== undefined) {
        databaseFaults.push({ 1: "before" }, { 1: "after" }, { 2: "before" }, { 2: "after" }, { 3: "after" });
      }
      let [runs, unpaidTwins] = [0, 0];
      for (const [name, fault] of Object.entries(ON_CREATE)) {
        for (const faults of databaseFaults) {
          await world.sandbox.reset();
          await strike(CREATE, fault);
          const onList = ON_LIST[listFault];
          if (onList) await strike(LIST, onList);
          await settles(`${name}, ${listFault}, D1 ${JSON.stringify(faults)}`, faults);
          // A session whose link was never delivered cannot be paid; none may be left where Stripe could be asked.
          const sessions = (await world.sandbox.sessions()).length;
          if (!onList) expect([name, sessions]).toEqual([name, 1]);
          unpaidTwins += sessions - 1;
          runs++;
        }
      }
      tell(task, "P4", {
        counts: { "faults of Stripe with faults of D1": runs, "sessions whose link was never given out": unpaidTwins },
        worst: { "links given out for a checkout": mostLinks },
      });
      tell(task, "P5", {
        counts: { "faults of Stripe with faults of D1": runs },
        worst: { "retries until settled": mostRetries },
      });
      console.info(`${listFault}: ${runs} faults settled; sessions without a link: ${unpaidTwins}`);
    },
  );

  describe("what the first answer says", () => {
    const expectations: Record<string, [code: string | undefined, status: string]> = {
      unreachable: ["outcome_unknown", "blocked"],
      "500 before acting, not stored": ["outcome_unknown", "blocked"],
      "500 after acting, stored": [undefined, "open"],
      "answer lost": [undefined, "open"],
      "400 stored": ["provider_refused", "failed"],
      "402 stored": ["provider_refused", "failed"],
      "401": ["provider_refused", "failed"],
      "403": ["provider_refused", "failed"],
      "409 key in use": ["operation_in_progress", "created"],
      "429": ["provider_unavailable", "created"],
    };
    test.each(Object.entries(expectations))("%s", async (name, [code, status]) => {
      const fault = ON_CREATE[name];
      if (!fault) throw new Error("no such fault");
      await strike(CREATE, fault);
      const call = await launchPassCall(world);
      const answer = await doors.http(call);
      expect(answer.code).toBe(code);
      if (code) expect(Number(answer.headers.get("Retry-After")) > 0).toBe(code !== "provider_refused");
      const [row] = await world.all(
        "SELECT status FROM checkout_intents WHERE idempotency_key = ?",
        call.idempotencyKey,
      );
      expect(row).toEqual({ status });
      if (name === "401") {
        expect((await doors.http(await launchPassCall(world))).code).toBe("ineligible_state");
        await world.scheduled();
      }
    });
  });

  test("what is not known stays so, also when Stripe refuses to look at the next try", async () => {
    // The first call may have acted: a 429 on the second says nothing of it.
    await strike(CREATE, { kind: "fail_after" });
    await strike(LIST, { kind: "fail_before", times: 5 });
    const call = await launchPassCall(world);
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    await strike(CREATE, { kind: "status", status: 429 });
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    const [row] = await world.all("SELECT status FROM checkout_intents WHERE idempotency_key = ?", call.idempotencyKey);
    expect(row).toEqual({ status: "blocked" });
    await world.sandbox.clearFaults();
    await sessionBehind(world, resultOf(await doors.http(call)));
  });

  test.each([409, 429])(
    "a %i that Stripe stored under the key is not waited for: the next attempt is made",
    async (status) => {
      await strike(CREATE, { kind: "status", status, code: "lock_timeout", stored: true });
      const call = await launchPassCall(world);
      expect((await doors.http(call)).code).toMatch(/operation_in_progress|provider_unavailable/);
      await sessionBehind(world, resultOf(await doors.http(call)));
      expect(await world.sandbox.sessions()).toHaveLength(1);
    },
  );

  test("50 calls at once with one key: one session, one intent, one answer", async () => {
    const call = await launchPassCall(world, { bump: true });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? doors.http(call) : doors.mcp(call))),
    );
    const final = await doors.http(call);
    const succeeded = answers.filter(({ code }) => code === undefined);
    for (const answer of answers) {
      if (answer.code) expect(answer.code, answer.text).toBe("operation_in_progress");
      else expect(answer.body.result).toEqual(final.body.result);
    }
    expect(succeeded.length).toBeGreaterThan(0);
    expect(succeeded.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    expect(await world.sandbox.sessions()).toHaveLength(1);
    expect((await sessionBehind(world, resultOf(final))).amount_total).toBe(2800);
    const intents = await world.all("SELECT id FROM checkout_intents WHERE idempotency_key = ?", call.idempotencyKey);
    expect(intents).toHaveLength(1);
    console.info(`50 at once: ${succeeded.length} answered, ${50 - succeeded.length} in progress, 1 session`);
  });

  test("a call held at Stripe is in progress for others, and a payment that overtakes its finish stays", async () => {
    await strike(CREATE, { kind: "hold_after" });
    const call = await launchPassCall(world, { bump: true });
    const held = doors.http(call);
    const [session] = await until(
      () => world.sandbox.sessions(),
      (sessions) => sessions.length === 1,
    );
    // Stripe's answer is on its way; the session is there and, oddly, paid already.
    await world.sandbox.pay(session?.id ?? "", "paid");
    for (const answer of await world.deliver()) expect(answer.status).toBe(200);
    await world.sandbox.clearFaults();
    const started = resultOf(await held);
    expect(started.status).toBe("paid");
    const row = await intentRow(world, started.checkoutIntentId);
    expect(row).toMatchObject({ status: "paid", stripe_checkout_session_id: session?.id });
    const granted = await world.all(
      "SELECT product_id FROM product_entitlements WHERE checkout_intent_id = ?",
      started.checkoutIntentId,
    );
    expect(granted).toHaveLength(2);
    const replay = await doors.http(call);
    expect(replay.body.result).toEqual(started);
  });

  test("a session that is in flight at Stripe makes the same key wait", async () => {
    await strike(CREATE, { kind: "hold" });
    const call = await launchPassCall(world);
    const held = doors.http(call);
    await until(
      () => world.sandbox.calls(),
      (calls) => calls.length === 1,
    );
    const second = await doors.http(call);
    expect([second.code, second.headers.get("Retry-After")]).toEqual(["operation_in_progress", "1"]);
    await world.sandbox.clearFaults();
    const started = resultOf(await held);
    expect(resultOf(await doors.http(call))).toEqual(started);
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });

  test("a payment of another amount that overtakes the finish gives nothing, and its event waits for a person", async () => {
    await strike(CREATE, { kind: "hold_after" });
    const call = await launchPassCall(world);
    const held = doors.http(call);
    const [session] = await until(
      () => world.sandbox.sessions(),
      (sessions) => sessions.length === 1,
    );
    if (!session) throw new Error("no session");
    const { line_items: _, ...object } = session;
    await world.sandbox.event({
      type: "checkout.session.completed",
      object: { ...object, status: "complete", payment_status: "paid", amount_total: 1 },
    });
    await world.deliver();
    await world.sandbox.clearFaults();
    const answer = await held;
    const id = session.client_reference_id ?? "";
    // Until the finish, nothing but its price says whose a session is: the true one is looked at again.
    expect([(await intentRow(world, id)).status, answer.body.code], answer.text).toEqual(["open", undefined]);
    const events = await world.all<{ status: string; error: string | null }>(
      "SELECT status, error FROM stripe_webhook_events WHERE event_type = 'checkout.session.completed' ORDER BY received_at DESC LIMIT 1",
    );
    expect(events).toEqual([{ status: "blocked", error: expect.any(String) }]);
    expect(await world.all("SELECT id FROM product_entitlements WHERE checkout_intent_id = ?", id)).toEqual([]);
  });

  describe("a retry much later", () => {
    const HOURS_22_40 = 22 * 3600 + 40 * 60;

    /** A call that came to nothing that is known, with a session at Stripe or without. */
    async function lost(withSession: boolean) {
      await strike(CREATE, { kind: withSession ? "fail_after" : "fail_before" });
      await strike(LIST, { kind: "fail_before" });
      const call = await launchPassCall(world);
      expect((await doors.http(call)).code).toBe("outcome_unknown");
      await world.sandbox.clearFaults();
      expect(await world.sandbox.sessions()).toHaveLength(withSession ? 1 : 0);
      return call;
    }
    const statusOf = async (idempotencyKey: string) =>
      (await world.all("SELECT status FROM checkout_intents WHERE idempotency_key = ?", idempotencyKey))[0];

    test("22 h 40 min, and the session exists: it is found and handed out", async () => {
      const call = await lost(true);
      await world.advance(HOURS_22_40);
      const started = resultOf(await doors.http(call));
      await sessionBehind(world, started);
      expect((await world.sandbox.calls()).filter((made) => made.method === "POST")).toHaveLength(1);
    });

    test.each([HOURS_22_40, 25 * 3600])("%i s, and there is none: none is made any more", async (seconds) => {
      const call = await lost(false);
      await world.advance(seconds);
      const answer = await doors.http(call);
      expect(answer.code).toBe("ineligible_state");
      expect(await statusOf(call.idempotencyKey)).toEqual({ status: "expired" });
      expect(await world.sandbox.sessions()).toHaveLength(0);
      expect((await doors.http(call)).text).toBe(answer.text);
      expect((await doors.mcp(call)).body).toEqual(answer.body);
    });

    test("25 h, and the session has run out: it is not handed out", async () => {
      const call = await lost(true);
      await world.advance(25 * 3600);
      await world.deliver();
      expect((await doors.http(call)).code).toBe("ineligible_state");
      expect(await statusOf(call.idempotencyKey)).toEqual({ status: "expired" });
      expect(await world.sandbox.sessions()).toHaveLength(1);
    });

    test("25 h after a success: the stored answer, and no new session", async () => {
      const call = await launchPassCall(world);
      const first = await doors.http(call);
      await world.advance(25 * 3600);
      await world.deliver();
      expect((await doors.http(call)).body).toEqual({ ...first.body, replayed: true });
      expect(await world.sandbox.sessions()).toHaveLength(1);
      const page = await world.fetch(resultOf(first).checkoutUrl);
      expect([page.status, await page.text()]).toEqual([410, expect.stringContaining("has ended")]);
    });
  });

  test("a deploy between try and retry: the frozen request goes out again, to the byte", async () => {
    await strike(CREATE, { kind: "fail_before" });
    await strike(LIST, { kind: "fail_before" });
    const call = await launchPassCall(world, { bump: true });
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    // The next deploy sells at another price, under other names, and speaks another API version.
    const [before] = await world.all<{ name: string }>("SELECT name FROM businesses");
    await world.db.batch([
      world.db.prepare(
        "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 100, updated_at = updated_at + 1",
      ),
      world.db.prepare("UPDATE stack_offers SET name = name || ' II', updated_at = updated_at + 1"),
      world.db.prepare("UPDATE businesses SET name = 'Another', updated_at = updated_at + 1"),
      world.db
        .prepare("UPDATE checkout_intents SET frozen_api_version = '2020-08-27' WHERE idempotency_key = ?")
        .bind(call.idempotencyKey),
    ]);
    world.restart();
    const started = resultOf(await doors.http(call));
    expect(started.amountCents).toBe(2800);
    const [first, second] = (await world.sandbox.calls()).filter((made) => made.method === "POST");
    expect(first?.params).toBeTruthy();
    expect(second?.params).toEqual(first?.params);
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
    expect(second?.apiVersion).toBe("2020-08-27");
    await world.db.batch([
      world.db.prepare("UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents - 100"),
      world.db.prepare("UPDATE stack_offers SET name = replace(name, ' II', '')"),
      world.db.prepare("UPDATE businesses SET name = ?").bind(before?.name),
    ]);
  });

  test("a clock that stands or goes back: versions still grow", async () => {
    await strike(CREATE, { kind: "fail_before" });
    await strike(LIST, { kind: "fail_before" });
    const call = await launchPassCall(world);
    const versions: number[] = [];
    const note = async () => {
      const [row] = await world.all<{ updated_at: number }>(
        "SELECT updated_at FROM checkout_intents WHERE idempotency_key = ?",
        call.idempotencyKey,
      );
      versions.push(row?.updated_at ?? 0);
    };
    world.database.interrupt(3, note);
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    world.database.reset();
    await note();
    world.skew(-3600);
    const started = resultOf(await doors.http(call));
    await note();
    world.skew(-3600);
    const session = await sessionBehind(world, started);
    await world.sandbox.pay(session.id, "paid");
    await world.deliver();
    await note();
    world.skew(7200);
    expect(versions).toHaveLength(4);
    expect(versions).toEqual([...new Set(versions)].sort((left, right) => left - right));
  });

  test("a checkout takes three round trips to D1 and one call to Stripe; a replay one, and none", async () => {
    const call = await launchPassCall(world);
    world.database.reset();
    resultOf(await doors.mcp(call));
    expect([world.database.trips(), (await world.sandbox.calls()).length]).toEqual([3, 1]);
    world.database.reset();
    resultOf(await doors.mcp(call));
    expect([world.database.trips(), (await world.sandbox.calls()).length]).toEqual([1, 1]);
  });
});
