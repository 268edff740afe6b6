import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Doors, mcpDoor, type Reply } from "../support/doors.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, resultOf } from "../support/launch-pass.ts";
import type { Fault } from "../support/watched-database.ts";
import { BUYER } from "../support/world.ts";
import { beginAnew } from "./begin-anew.ts";
import { follow, type Step } from "./follow.ts";

/**
 * One purchase under one key, with everything that can go wrong around it: once it succeeded it has succeeded, once it
 * was refused for good it is refused, and what is not known is settled by the next call that meets no fault.
 */
interface Operation {
  /** `unknown`: faults left it anywhere before its end. */
  state: "absent" | "unknown" | "succeeded" | "refused";
}
interface Purchase {
  readonly call: Awaited<ReturnType<typeof launchPassCall>>;
  /** The answer that stays. */
  answer: string | undefined;
}

/** What the caller is told while it is not known, or while it can be tried again. */
const PASSING = ["internal", "outcome_unknown", "operation_in_progress", "provider_unavailable"];
type ApiFault = Omit<Extract<FaultRequest, { target: "api" }>, "target" | "path">;
/** Faults of Stripe's after which the same call may be repeated. */
const AWAY: readonly ApiFault[] = [
  { kind: "drop_connection_before", times: 2 },
  { kind: "drop_connection_after", times: 2 },
  { kind: "fail_before" },
  { kind: "fail_after" },
  { kind: "stored_500" },
  { kind: "cut_body" },
  { kind: "status", status: 429 },
  { kind: "status", status: 409, code: "lock_timeout" },
];

describeInWorld("operations, beside a model", {}, (world) => {
  let doors: Doors;
  let standing: (args: Readonly<Record<string, unknown>>) => Promise<Reply>;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    standing = await mcpDoor(world, "get_operation", await world.token(BUYER, "mcp"));
  });
  type Do = Step<Operation, Purchase>;

  /** Holds an answer to what may come, and to the answer that stays. */
  function answered(model: Operation, real: Purchase, reply: Reply, may: readonly Operation["state"][]): void {
    const text = reply.text.replace('"replayed":false', '"replayed":true');
    if (model.state === "succeeded") expect([reply.code, text], reply.text).toEqual([undefined, real.answer]);
    else if (model.state === "refused") expect(reply.code, reply.text).toBe("provider_refused");
    else if (reply.code === undefined) {
      expect(may, reply.text).toContain("succeeded");
      real.answer = text;
      model.state = "succeeded";
    } else if (reply.code === "provider_refused") {
      expect(may, reply.text).toContain("refused");
      model.state = "refused";
    } else {
      expect([may.includes("unknown"), PASSING], reply.text).toEqual([true, expect.arrayContaining([reply.code])]);
      model.state = "unknown";
    }
  }
  const strike = (path: string, fault: ApiFault) =>
    world.sandbox.fault({ ...fault, target: "api", path } as FaultRequest);

  const calling = fc.boolean().map(
    (mcp): Do => ({
      name: "call",
      async run(model, real) {
        answered(model, real, await (mcp ? doors.mcp : doors.http)(real.call), ["succeeded"]);
      },
    }),
  );
  const callingAtOnce = fc.integer({ min: 2, max: 5 }).map(
    (many): Do => ({
      name: "call at once",
      async run(model, real) {
        const replies = await Promise.all(Array.from({ length: many }, () => doors.http(real.call)));
        const settled = await doors.http(real.call);
        answered(model, real, settled, ["succeeded"]);
        for (const { code } of replies)
          expect([undefined, "operation_in_progress", "provider_refused"]).toContain(code);
      },
    }),
  );
  const losing = fc
    .record({ trip: fc.integer({ min: 1, max: 4 }), fault: fc.constantFrom<Fault>("before", "after") })
    .map(
      ({ trip, fault }): Do => ({
        name: "call while a round trip is lost",
        async run(model, real) {
          const before = model.state;
          world.quiet = true;
          world.database.lose({ [trip]: fault });
          const reply = await doors.http(real.call);
          world.database.reset();
          world.quiet = false;
          // The fault may hide an answer that is there already.
          if (PASSING.includes(reply.code ?? "")) model.state = before === "absent" ? "unknown" : before;
          else answered(model, real, reply, ["succeeded", "unknown"]);
        },
      }),
    );
  const away = fc.record({ fault: fc.constantFrom(...AWAY), onList: fc.boolean() }).map(
    ({ fault, onList }): Do => ({
      name: "call while Stripe fails",
      async run(model, real) {
        await strike(CREATE, fault);
        if (onList) await strike(LIST, { kind: "fail_before" });
        answered(model, real, await doors.http(real.call), ["succeeded", "unknown"]);
        await world.sandbox.clearFaults();
      },
    }),
  );
  const refusing = fc.constantFrom(400, 402, 404).map(
    (status): Do => ({
      name: "call while Stripe refuses",
      async run(model, real) {
        await strike(CREATE, { kind: "status", status, stored: true });
        // A session that an earlier try made is found before another is asked for.
        answered(model, real, await doors.http(real.call), ["refused", "succeeded", "unknown"]);
        await world.sandbox.clearFaults();
      },
    }),
  );
  const scheduled: Do = {
    name: "the schedule runs",
    async run(model, real) {
      await world.advance(180);
      await world.scheduled();
      if (model.state !== "unknown") return;
      const { body, code, text } = await standing({ idempotencyKey: real.call.idempotencyKey });
      // Nothing is left open by it: done, refused, or never begun.
      expect(["succeeded", "failed", undefined], text).toContain(body.status);
      if (code !== undefined) model.state = "absent";
      else answered(model, real, await doors.http(real.call), ["succeeded", "refused"]);
    },
  };

  test("every life of an operation goes as the model says", async (context) => {
    await follow<Operation, Purchase>(context, {
      subject: "operations",
      lives: { ci: 8, part: 45 },
      steps: 10,
      async begin() {
        await beginAnew(world);
        return { model: { state: "absent" }, real: { call: await launchPassCall(world), answer: undefined } };
      },
      can: [calling, callingAtOnce, losing, losing, away, away, refusing, fc.constant(scheduled)],
      async look({ state }, { call }) {
        const { idempotencyKey } = call;
        const { body, code, text } = await standing({ idempotencyKey });
        const status = code === undefined ? String(body.status) : String(code);
        const allowed: Record<Operation["state"], readonly string[]> = {
          absent: ["not_found"],
          unknown: ["not_found", "pending", "outcome_unknown", "succeeded"],
          succeeded: ["succeeded"],
          refused: ["failed"],
        };
        expect(allowed[state], text).toContain(status);
        const intents = await world.all<{ id: string; status: string }>(
          "SELECT id, status FROM checkout_intents WHERE idempotency_key = ?",
          idempotencyKey,
        );
        expect(intents.length).toBeLessThanOrEqual(1);
        if (state !== "succeeded") return;
        expect(intents).toMatchObject([{ status: "open" }]);
        const link = resultOf(await doors.http(call)).checkoutUrl;
        expect((await world.fetch(link)).status).toBe(303);
      },
    });
  }, 3_600_000);
});
