import { beforeAll, describe, expect, test } from "vitest";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { ownerBrowser, ownerDoors } from "../support/owner-doors.ts";
import { boundaries } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";

const TEXT = "Apply owner review action to Bumpgrade commission ledger evidence";
const ROUTE = "/api/admin/affiliates/commission-ledger/actions";
const REASON = "canary-reason: looked at the partner's traffic";

const actions = (world: World) => world.all("SELECT * FROM affiliate_commission_ledger_actions");

describeConfirmedWrite(reviewCommissionEvidence, {
  actor: OWNER,
  async ready(world) {
    const { commissionLedgerId, updatedAt } = await evidence(world);
    const input = { commissionLedgerId, actionKind: "mark_reviewed", reason: REASON };
    return { input, confirmationText: TEXT, expectedUpdatedAt: updatedAt };
  },
  otherInput: () => ({ actionKind: "reverse_evidence" }),
  absent: (input) => ({ ...input, commissionLedgerId: "commission-ledger-absent" }),
  async move(world, { commissionLedgerId }) {
    await world.all(
      "UPDATE affiliate_commission_ledger_entries SET updated_at = updated_at + 1 WHERE id = ?",
      commissionLedgerId,
    );
  },
  effects: async (world) => (await actions(world)).length,
  result: [
    "id",
    "commissionLedgerId",
    "actionKind",
    "previousLedgerStatus",
    "nextLedgerStatus",
    "previousReviewStatus",
    "nextReviewStatus",
    "nextPayoutStatus",
    "grossSaleCents",
    "commissionCents",
    "ledgerStatus",
    "reviewStatus",
    "payoutStatus",
    "updatedAt",
  ],
  audit: ["affiliate_commission_ledger_owner_review_action"],
  trips: { first: 2, replay: 1, session: 2 },
  doors: (world, person, scopes) => ownerDoors(world, reviewCommissionEvidence, person, scopes),
  bearer: false,
  async otherWrite(world, person, idempotencyKey) {
    await evidence(world, person, idempotencyKey);
  },
});

describeInWorld("review_commission_evidence", {}, (world) => {
  let doors: Doors;
  let keys = 0;
  beforeAll(async () => {
    await lowerProofs(world);
    doors = await ownerDoors(world, reviewCommissionEvidence, OWNER);
  });

  const call = (entry: { commissionLedgerId: string; updatedAt: string }, actionKind: string, reason?: string) => ({
    commissionLedgerId: entry.commissionLedgerId,
    actionKind,
    ...(reason !== undefined && { reason }),
    confirmationText: TEXT,
    expectedUpdatedAt: entry.updatedAt,
    idempotencyKey: `review-${++keys}`,
  });

  test("each action moves the entry as declared; nothing leaves reversed, and nothing becomes payable", async () => {
    let entry = await evidence(world);
    const before = await boundaries(world);
    let previous = { ledger: "review_only", review: "refund_window_open" };
    for (const [actionKind, ledger, review] of [
      ["mark_reviewed", "review_only", "owner_reviewed"],
      ["hold_for_review", "review_only", "owner_hold"],
      ["mark_reviewed", "review_only", "owner_reviewed"],
      ["mark_reviewed", "review_only", "owner_reviewed"],
      ["reverse_evidence", "reversed", "owner_reversed"],
    ] as const) {
      const answer = await doors.http(call(entry, actionKind));
      expect(answer.code, answer.text).toBeUndefined();
      const { result, actorKind } = answer.body as { result: { updatedAt: string }; actorKind: string };
      expect([actorKind, result]).toMatchObject([
        "owner_session",
        {
          actionKind,
          previousLedgerStatus: previous.ledger,
          previousReviewStatus: previous.review,
          nextLedgerStatus: ledger,
          nextReviewStatus: review,
          nextPayoutStatus: "not_payable",
          ledgerStatus: ledger,
          reviewStatus: review,
          payoutStatus: "not_payable",
        },
      ]);
      entry = { ...entry, updatedAt: result.updatedAt };
      previous = { ledger, review };
    }
    for (const actionKind of ["mark_reviewed", "hold_for_review", "reverse_evidence"]) {
      const answer = await unchanged(world, () => doors.http(call(entry, actionKind)));
      expect(answer.code).toBe("ineligible_state");
    }
    expect(await boundaries(world)).toEqual(before);
  });

  test("of 50 mark_reviewed at once on one version one counts, 49 are stale, and there is one action row", async () => {
    const entry = await evidence(world);
    const before = (await actions(world)).length;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? doors.http : doors.mcp)(call(entry, "mark_reviewed"))),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "stale_state")).toHaveLength(49);
    expect(await actions(world)).toHaveLength(before + 1);
  });

  test("the reason is kept for the owner, has 500 characters at most, and is in no answer", async () => {
    const entry = await evidence(world);
    const tooLong = await unchanged(world, () => doors.http(call(entry, "mark_reviewed", "x".repeat(501))));
    expect([tooLong.code, tooLong.body.field]).toEqual(["invalid_input", "reason"]);
    const args = call(entry, "hold_for_review", REASON);
    const answers = [await doors.mcp(args), await doors.http(args)];
    const token = await world.token(OWNER, "mcp", ["owner:read"]);
    const { connect } = await import("../support/mcp.ts");
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const operation = String(answers[0]?.body.operationId);
    const read = [
      `commerce://ledger-entries/${entry.commissionLedgerId}`,
      "commerce://ledger-entries",
      `commerce://audit/${operation}`,
      `commerce://operations/${operation}`,
      "commerce://operations",
      "commerce://source-data",
      "commerce://affiliates/source-data",
    ];
    for (const uri of read) answers.push({ text: JSON.stringify(await client.readResource({ uri })) } as never);
    for (const { text } of answers) {
      expect(text).not.toContain("canary-reason");
      expect(text.length).toBeGreaterThan(50);
    }
    expect(JSON.stringify(world.log)).not.toContain("canary-reason");
    const holding = [];
    for (const { name } of await world.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*'",
    )) {
      const rows = JSON.stringify(await world.all(`SELECT * FROM "${name}"`));
      if (rows.includes("canary-reason")) holding.push(name);
    }
    expect(holding).toEqual(["personal_notes"]);
  });

  test("a reason can be erased with every hash of it, and its call is still not carried out twice", async () => {
    const args = call(await evidence(world), "hold_for_review", `${REASON}, to be erased`);
    const answer = await doors.http(args);
    const id = String(answer.body.operationId);
    const [stored] = await world.all<{ fingerprint: string }>("SELECT fingerprint FROM operations WHERE id = ?", id);
    const tables = await world.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*'",
    );
    const holding = async () => {
      const found = [];
      for (const { name } of tables) {
        const rows = JSON.stringify(await world.all(`SELECT * FROM "${name}"`));
        if (rows.includes("to be erased") || rows.includes(stored?.fingerprint ?? "no fingerprint")) found.push(name);
      }
      return found.sort();
    };
    expect(await holding()).toEqual(["operations", "personal_notes"]);
    // As OPERATING.md has it.
    await world.all(
      `DELETE FROM personal_notes WHERE row_id IN (SELECT id FROM affiliate_commission_ledger_actions WHERE operation_id = ?1
       UNION SELECT id FROM product_entitlement_revocation_intents WHERE operation_id = ?1)`,
      id,
    );
    await world.all("UPDATE operations SET fingerprint = 'erased' WHERE id = ?1", id);
    await world.all(
      "UPDATE approvals SET fingerprint = 'erased', binding_sha256 = 'erased' WHERE operation_id = ?1",
      id,
    );
    expect(await holding()).toEqual([]);
    const again = await unchanged(world, () => doors.http(args));
    expect(again.code).toBe("idempotency_conflict");
  });

  test("the published totals are the rows", async () => {
    expect(
      await world.all(
        "SELECT action_kind, next_review_status, total_actions, last_created_at FROM commission_review_totals ORDER BY action_kind",
      ),
    ).toEqual(
      await world.all(
        "SELECT action_kind, next_review_status, count(*) AS total_actions, max(created_at) AS last_created_at FROM affiliate_commission_ledger_actions GROUP BY 1, 2 ORDER BY 1",
      ),
    );
  });

  describe("the owner's route", () => {
    const post = async (headers: Record<string, string>, body: Record<string, unknown>) => {
      const { idempotencyKey, ...rest } = body;
      const answer = await world.fetch(ROUTE, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": String(idempotencyKey), ...headers },
        body: JSON.stringify(rest),
      });
      return [answer.status, ((await answer.json()) as { code?: string }).code];
    };

    test("takes no bearer, no stranger, no forged request and no other site's page", async () => {
      const body = call(await evidence(world), "mark_reviewed");
      const { headers, browser } = await ownerBrowser(world, ROUTE, OWNER);
      const stranger = await ownerBrowser(world, ROUTE, BUYER);
      const bearer = `Bearer ${await world.token(OWNER, "api", ["owner:write"])}`;
      const { Cookie, "X-Form-Token": formToken } = headers;
      await unchanged(world, async () => {
        expect(await post({}, body)).toEqual([401, "unauthenticated"]);
        expect(await post({ Authorization: bearer }, body)).toEqual([401, "unauthenticated"]);
        expect(await post({ ...headers, Cookie: Cookie.replaceAll(/;|$/g, "x$&") }, body)).toEqual([
          401,
          "unauthenticated",
        ]);
        expect(await post({ ...stranger.headers, "X-Form-Token": formToken }, body)).toEqual([
          403,
          "insufficient_scope",
        ]);
        const { "X-Form-Token": _, ...tokenless } = headers;
        expect(await post(tokenless, body)).toEqual([403, "insufficient_scope"]);
        expect(await post({ ...headers, "X-Form-Token": `${formToken}x` }, body)).toEqual([403, "insufficient_scope"]);
        for (const site of ["cross-site", "same-site", "none"]) {
          expect(await post({ ...headers, "Sec-Fetch-Site": site }, body)).toEqual([403, "insufficient_scope"]);
        }
        const { "Sec-Fetch-Site": __, ...older } = headers;
        expect(await post(older, body)).toEqual([403, "insufficient_scope"]);
        expect(await post({ ...older, Origin: "https://evil.test" }, body)).toEqual([403, "insufficient_scope"]);
      });
      // A form token of another session of the owner's own is no good either.
      const second = await ownerBrowser(world, ROUTE, OWNER);
      expect(await post({ ...headers, "X-Form-Token": second.headers["X-Form-Token"] }, body)).toEqual([
        403,
        "insufficient_scope",
      ]);
      expect(await post({ ...headers, Origin: ORIGIN }, body)).toEqual([201, undefined]);
      await browser.submit(await browser.get("/account"), "/sign-out", {});
      expect(await post(headers, body)).toEqual([401, "unauthenticated"]);
    });

    test("GET answers with the contract, and with a token for the owner's browser alone", async () => {
      const anonymous = (await (await world.fetch(ROUTE)).json()) as Record<string, unknown>;
      expect(anonymous).toMatchObject({
        write: "review_commission_evidence",
        auth: "Better Auth owner session required",
      });
      expect(anonymous).not.toHaveProperty("formToken");
      const buyer = openBrowser(world.send, ORIGIN);
      await signIn(buyer, BUYER);
      expect(await (await buyer.get(ROUTE)).json()).not.toHaveProperty("formToken");
    });
  });
});
