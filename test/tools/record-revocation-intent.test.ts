import { beforeAll, expect, test } from "vitest";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { ownerBrowser, ownerDoors } from "../support/owner-doors.ts";
import { boundaries, sale } from "../support/sale.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const TEXT = "Record product access removal intent";
const ROUTE = "/api/admin/products/revocation-intents";
const REASON = "canary-reason: asked by phone";

const intents = (world: World) =>
  world.all("SELECT * FROM product_entitlement_revocation_intents WHERE status <> 'revocation_intent_ready'");

interface Access {
  readonly entitlementId: string;
  readonly updatedAt: string;
}

/** Access that nothing was noted about yet, from sales that gave it. */
const granted = new WeakMap<World, Access[]>();

async function access(world: World): Promise<Access> {
  const waiting = granted.get(world) ?? [];
  granted.set(world, waiting);
  if (waiting.length === 0) {
    const { checkoutIntentId } = await sale(world, { bump: true });
    const rows = await world.all<{ id: string; updated_at: number }>(
      "SELECT * FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    waiting.push(...rows.map((row) => ({ entitlementId: row.id, updatedAt: new Date(row.updated_at).toISOString() })));
  }
  const next = waiting.pop();
  if (!next) throw new Error("the sale gave no access");
  return next;
}

describeConfirmedWrite(recordRevocationIntent, {
  actor: OWNER,
  async ready(world) {
    const { entitlementId, updatedAt } = await access(world);
    const input = { entitlementId, reasonCode: "customer_request", reason: REASON };
    return { input, confirmationText: TEXT, expectedUpdatedAt: updatedAt };
  },
  otherInput: () => ({ reasonCode: "test_cleanup" }),
  absent: (input) => ({ ...input, entitlementId: "entitlement-absent" }),
  async move(world, { entitlementId }) {
    await world.all("UPDATE product_entitlements SET updated_at = updated_at + 1 WHERE id = ?", entitlementId);
  },
  effects: async (world) => (await intents(world)).length,
  result: [
    "id",
    "productId",
    "entitlementTemplateId",
    "accessRuleId",
    "status",
    "intentKind",
    "reasonCode",
    "destructiveActionEnabled",
    "entitlementMutationEnabled",
    "updatedAt",
  ],
  audit: ["product_revocation_intent_recorded"],
  trips: { first: 2, replay: 1, session: 2 },
  doors: (world, person, scopes) => ownerDoors(world, recordRevocationIntent, person, scopes),
  bearer: false,
  async otherWrite(world, person, idempotencyKey) {
    await evidence(world, person, idempotencyKey);
  },
});

describeInWorld("record_revocation_intent", {}, (world) => {
  let doors: Doors;
  let keys = 0;
  beforeAll(async () => {
    await lowerProofs(world);
    doors = await ownerDoors(world, recordRevocationIntent, OWNER);
  });

  const call = (subject: { entitlementId: string; updatedAt: string }, others: Record<string, unknown> = {}) => ({
    entitlementId: subject.entitlementId,
    reasonCode: "manual_review",
    confirmationText: TEXT,
    expectedUpdatedAt: subject.updatedAt,
    idempotencyKey: `revocation-${++keys}`,
    ...others,
  });
  const idOf = ({ body }: { body: Record<string, unknown> }) => (body.result as { id: string }).id;
  const entitlementRow = async (id: string) =>
    JSON.stringify(await world.all("SELECT * FROM product_entitlements WHERE id = ?", id));
  const intentRow = async (id: string) =>
    JSON.stringify(await world.all("SELECT * FROM product_entitlement_revocation_intents WHERE id = ?", id));
  const withdraw = async (id: string, headers: Record<string, string>) => {
    const answer = await world.fetch(`${ROUTE}/${encodeURIComponent(id)}/withdraw`, { method: "POST", headers });
    const replayed = answer.headers.get("Idempotent-Replayed");
    return { status: answer.status, replayed, body: (await answer.json()) as Record<string, unknown> };
  };

  test("an intent changes nothing about the access, and is told without whose it is", async () => {
    const subject = await access(world);
    const [before, row] = [await boundaries(world), await entitlementRow(subject.entitlementId)];
    const answer = await doors.mcp(call(subject, { reason: REASON }));
    expect(answer.body.result).toMatchObject({
      status: "revocation_intent_recorded",
      intentKind: "owner_confirmed_dry_run",
      reasonCode: "manual_review",
      destructiveActionEnabled: 0,
      entitlementMutationEnabled: 0,
    });
    expect(answer.text).not.toContain(subject.entitlementId);
    expect(await entitlementRow(subject.entitlementId)).toBe(row);
    expect(await boundaries(world)).toEqual(before);
    // What may name a person stands beside the sealed row: of the reason its keyed hash, of the key none.
    expect(JSON.parse(await intentRow(idOf(answer)))).toMatchObject([
      { reason_given: 1, private_reason_sha256: null, actor_email_hash: null, idempotency_key: null },
    ]);
    expect(await world.all("SELECT * FROM personal_notes WHERE row_id = ?", idOf(answer))).toMatchObject([
      { note_kind: "revocation_reason", note_text: null, note_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test("words outside the vocabulary, and a reason that is too long, are refused", async () => {
    const subject = await access(world);
    for (const [field, value] of [
      ["reasonCode", "because"],
      ["reason", "x".repeat(501)],
    ] as const) {
      const answer = await unchanged(world, () => doors.http(call(subject, { [field]: value })));
      expect([answer.code, answer.body.field]).toEqual(["invalid_input", field]);
    }
  });

  test("one intent is open at a time; the owner's session closes it with a row of its own", async () => {
    const subject = await access(world);
    const recorded = idOf(await doors.http(call(subject)));
    const second = await unchanged(world, () => doors.http(call(subject)));
    expect([second.code, String(second.body.detail).includes(recorded)]).toEqual(["ineligible_state", true]);

    const { headers } = await ownerBrowser(world, ROUTE, OWNER);
    const row = await intentRow(recorded);
    const first = await withdraw(recorded, headers);
    expect([first.status, first.replayed, first.body]).toMatchObject([
      201,
      null,
      { status: "revocation_intent_withdrawn", closesIntentId: recorded, destructiveActionEnabled: 0 },
    ]);
    const again = await unchanged(world, () => withdraw(recorded, headers));
    expect(again).toEqual({ status: 200, replayed: "true", body: first.body });
    expect(await intentRow(recorded)).toBe(row);
    const audit = await world.all("SELECT * FROM payment_audit_events WHERE subject_id = ?", first.body.id);
    expect(audit).toMatchObject([{ event_kind: "product_revocation_intent_withdrawn", actor_kind: "owner_session" }]);
    expect((await doors.http(call(subject))).code).toBeUndefined();
  });

  test("withdrawing is for the owner's browser alone", async () => {
    const recorded = idOf(await doors.http(call(await access(world))));
    const { headers } = await ownerBrowser(world, ROUTE, OWNER);
    const stranger = await ownerBrowser(world, ROUTE, BUYER);
    const bearer = `Bearer ${await world.token(OWNER, "api", ["owner:write"])}`;
    await unchanged(world, async () => {
      expect((await withdraw(recorded, { Authorization: bearer })).status).toBe(401);
      expect((await withdraw(recorded, stranger.headers)).status).toBe(403);
      expect((await withdraw(recorded, { ...headers, "X-Form-Token": "" })).status).toBe(403);
      expect((await withdraw(recorded, { ...headers, "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      expect((await withdraw("product-revocation-intent-absent", headers)).status).toBe(404);
      expect((await withdraw("revocation-intent-launch-download-dry-run", headers)).status).toBe(409);
    });
    const racers = await Promise.all(Array.from({ length: 12 }, () => withdraw(recorded, headers)));
    expect(racers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(racers.map(({ body }) => body.id)).size).toBe(1);
  });

  test("of 20 intents at once on one entitlement one is recorded", async () => {
    const subject = await access(world);
    const before = (await intents(world)).length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? doors.http : doors.mcp)(call(subject))),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "ineligible_state")).toHaveLength(19);
    expect(await intents(world)).toHaveLength(before + 1);
  });

  test("the database refuses an edit, a deletion, and a flag that would make an intent act", async () => {
    const table = "product_entitlement_revocation_intents";
    for (const sql of [
      `UPDATE ${table} SET reason_code = 'test_cleanup' WHERE status = 'revocation_intent_recorded'`,
      `UPDATE ${table} SET updated_at = 1 WHERE status = 'revocation_intent_withdrawn'`,
      `DELETE FROM ${table} WHERE status = 'revocation_intent_recorded'`,
      `UPDATE ${table} SET destructive_action_enabled = 1`,
      `UPDATE ${table} SET entitlement_mutation_enabled = 1`,
    ]) {
      await expect(world.all(sql), sql).rejects.toThrow();
    }
  });
});
