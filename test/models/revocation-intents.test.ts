import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { ROUTES } from "../../src/commerce/routes.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { ownerBrowser, ownerDoors } from "../support/owner-doors.ts";
import { sale } from "../support/sale.ts";
import { OWNER } from "../support/world.ts";
import { follow, type Step } from "./follow.ts";
import { expectCode, resultIn } from "./replies.ts";

/** Of an entitlement at most one intent is open; a closed one stays closed, and none changes the access. */
interface Intents {
  open: string | undefined;
  readonly closed: string[];
}
interface Access {
  readonly entitlementId: string;
  readonly updatedAt: string;
}

describeInWorld("intents to remove access, beside a model", {}, (world) => {
  let doors: Doors;
  let headers: Record<string, string>;
  let keys = 0;
  beforeAll(async () => {
    await lowerProofs(world);
    doors = await ownerDoors(world, recordRevocationIntent, OWNER);
    ({ headers } = await ownerBrowser(world, ROUTES.revocationIntents, OWNER));
  });

  const call = ({ entitlementId, updatedAt }: Access, more: object = {}) => ({
    entitlementId,
    reasonCode: "customer_request",
    confirmationText: "Record product access removal intent",
    expectedUpdatedAt: updatedAt,
    idempotencyKey: `intent-${++keys}`,
    ...more,
  });
  const withdraw = (id: string) =>
    world.fetch(`${ROUTES.revocationIntents}/${encodeURIComponent(id)}/withdraw`, { method: "POST", headers });

  const recording = fc.boolean().map(
    (mcp): Step<Intents, Access> => ({
      name: "record",
      async run(model, real) {
        const answer = await (mcp ? doors.mcp : doors.http)(call(real));
        if (model.open) return expectCode(answer, "ineligible_state");
        expectCode(answer, undefined);
        model.open = resultIn<{ id: string }>(answer).id;
      },
    }),
  );
  const racing = fc.integer({ min: 2, max: 6 }).map(
    (many): Step<Intents, Access> => ({
      name: "record at once",
      async run(model, real) {
        const answers = await Promise.all(Array.from({ length: many }, () => doors.http(call(real))));
        const done = answers.filter(({ code }) => code === undefined);
        expect(done).toHaveLength(model.open ? 0 : 1);
        for (const { code } of answers) if (code) expect(code).toBe("ineligible_state");
        if (done[0]) model.open = resultIn<{ id: string }>(done[0]).id;
      },
    }),
  );
  const recordingStale: Step<Intents, Access> = {
    name: "record with another version",
    async run(_, real) {
      const later = new Date(Date.parse(real.updatedAt) + 1).toISOString();
      expectCode(await doors.http(call(real, { expectedUpdatedAt: later })), "stale_state");
    },
  };
  const withdrawing: Step<Intents, Access> = {
    name: "withdraw",
    may: ({ open }) => open !== undefined,
    async run(model) {
      expect((await withdraw(model.open ?? "")).status).toBe(201);
      model.closed.push(model.open ?? "");
      model.open = undefined;
    },
  };
  const withdrawingAgain = fc.nat().map(
    (at): Step<Intents, Access> => ({
      name: "withdraw one that is closed",
      may: ({ closed }) => closed.length > 0,
      async run({ closed }) {
        expect((await withdraw(closed[at % closed.length] ?? "")).status).toBe(200);
      },
    }),
  );

  test("every life of intents goes as the model says", async (context) => {
    await follow<Intents, Access>(context, {
      subject: "revocation intents",
      lives: { ci: 5, part: 30 },
      steps: 14,
      async begin() {
        const { checkoutIntentId } = await sale(world);
        const [row] = await world.all<{ id: string; updated_at: number }>(
          "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
          checkoutIntentId,
        );
        const real = { entitlementId: row?.id ?? "", updatedAt: new Date(row?.updated_at ?? 0).toISOString() };
        return { model: { open: undefined, closed: [] }, real };
      },
      can: [recording, recording, racing, fc.constant(recordingStale), fc.constant(withdrawing), withdrawingAgain],
      async look({ open, closed }, { entitlementId, updatedAt }) {
        const rows = await world.all<{ id: string; status: string; closes_intent_id: string | null }>(
          "SELECT * FROM product_entitlement_revocation_intents WHERE target_entitlement_id = ?",
          entitlementId,
        );
        const recorded = rows.filter(({ status }) => status === "revocation_intent_recorded").map(({ id }) => id);
        const ends = rows.flatMap(({ closes_intent_id: closes }) => closes ?? []);
        expect(recorded.sort()).toEqual([...closed, ...(open ? [open] : [])].sort());
        expect(ends.sort()).toEqual([...closed].sort());
        const access = await world.all(
          "SELECT status, updated_at FROM product_entitlements WHERE id = ?",
          entitlementId,
        );
        expect(access).toEqual([{ status: "active", updated_at: Date.parse(updatedAt) }]);
      },
    });
  }, 3_600_000);
});
