import type { Client } from "@modelcontextprotocol/client";
import { beforeAll, expect, test } from "vitest";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { copyEntitlement } from "../support/copied-entitlements.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { connect } from "../support/mcp.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

type Document = Record<string, unknown> & { items: Record<string, string>[]; nextUri?: string };

const LISTS = [
  "commerce://ledger-entries",
  "commerce://entitlements",
  "commerce://revocation-intents",
  "commerce://product-assets",
];

describeInWorld("the owner's resources", {}, (world) => {
  let owner: Client;
  let ledger: { commissionLedgerId: string; updatedAt: string };
  let entitlementId: string;
  let review: Doors;
  let revoke: Doors;
  beforeAll(async () => {
    const wish = { send: world.send, url: `${ORIGIN}/mcp` };
    owner = await connect({ ...wish, token: await world.token(OWNER, "mcp", ["owner:read"]) });
    await lowerProofs(world);
    review = await bearerDoors(world, reviewCommissionEvidence, OWNER);
    revoke = await bearerDoors(world, recordRevocationIntent, OWNER);
    ledger = await evidence(world);
    const { checkoutIntentId } = await sale(world, { bump: true });
    const [row] = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    entitlementId = row?.id ?? "";
  });

  /** By the tool: what a client reads as a resource it may keep for a while. */
  const read = async (uri: string, client = owner): Promise<Document> => {
    const answer = await client.callTool({ name: "read_commerce", arguments: { uri } });
    const [block] = answer.content as { text: string }[];
    const body = JSON.parse(block?.text ?? "{}");
    return answer.isError ? body : body.content;
  };

  test("each single one has the version and the text that its write asks for", async () => {
    const entry = await read(`commerce://ledger-entries/${ledger.commissionLedgerId}`);
    expect(Object.keys(entry)).toEqual([
      "id",
      "commissionLedgerId",
      "grossSaleCents",
      "checkoutIntentId",
      "referralAttributionId",
      "referralClickId",
      "referralLinkId",
      "partnerId",
      "commissionCents",
      "ledgerStatus",
      "reviewStatus",
      "payoutStatus",
      "updatedAt",
      "actions",
      "confirmationText",
    ]);
    const reviewed = await review.mcp({
      commissionLedgerId: entry.id,
      actionKind: "mark_reviewed",
      confirmationText: entry.confirmationText,
      expectedUpdatedAt: entry.updatedAt,
      idempotencyKey: "from-the-resource",
    });
    expect(reviewed.code, reviewed.text).toBeUndefined();
    expect((await read(`commerce://ledger-entries/${ledger.commissionLedgerId}`)).actions).toMatchObject([
      { actionKind: "mark_reviewed", previousReviewStatus: "refund_window_open", nextReviewStatus: "owner_reviewed" },
    ]);

    const access = await read(`commerce://entitlements/${entitlementId}`);
    expect(access).not.toHaveProperty("openRevocationIntentId");
    const recorded = await revoke.mcp({
      entitlementId: access.id,
      reasonCode: "manual_review",
      confirmationText: access.confirmationText,
      expectedUpdatedAt: access.updatedAt,
      idempotencyKey: "from-the-resource-too",
    });
    expect(recorded.code, recorded.text).toBeUndefined();
    const { id } = recorded.body.result as { id: string };
    expect(await read(`commerce://entitlements/${entitlementId}`)).toEqual({
      ...Object.fromEntries(Object.entries(access).filter(([name]) => name !== "confirmationText")),
      openRevocationIntentId: id,
      confirmationText: access.confirmationText,
    });

    expect(await read("commerce://products/product-launch-bundle")).toMatchObject({
      id: "product-launch-bundle",
      kind: "bundle",
      assets: expect.arrayContaining([
        expect.objectContaining({ assetId: "asset-launch-checklist-pdf", kind: "file" }),
      ]),
      updatedAt: expect.stringMatching(/Z$/),
      confirmationText: "Create private product asset upload intent",
    });
  });

  test("the audit of an operation tells what happened and not who did it", async () => {
    const [row] = await world.all<{ operation_id: string; audit_correlation_id: string; actor_id: string }>(
      "SELECT * FROM payment_audit_events WHERE event_kind = 'affiliate_commission_ledger_owner_review_action'",
    );
    const audit = await read(`commerce://audit/${row?.operation_id}`);
    expect(audit).toMatchObject({
      operationId: row?.operation_id,
      write: "review_commission_evidence",
      events: [{ eventKind: "affiliate_commission_ledger_owner_review_action", actorKind: "oauth_client" }],
    });
    // What one commit changed has one time: a story is told in the order of its rows.
    const [sold] = await world.all<{ operation_id: string }>(
      "SELECT operation_id FROM checkout_intents WHERE status = 'paid' LIMIT 1",
    );
    const { events } = (await read(`commerce://audit/${sold?.operation_id}`)) as unknown as {
      events: { id: string }[];
    };
    const inOrder = await world.all<{ id: string }>(
      "SELECT id FROM payment_audit_events WHERE operation_id = ? ORDER BY sequence",
      sold?.operation_id,
    );
    expect(events.map(({ id }) => id)).toEqual(inOrder.map(({ id }) => id));
    expect(events.length).toBeGreaterThan(3);
    for (const hidden of [row?.audit_correlation_id, row?.actor_id]) {
      expect(JSON.stringify(audit)).not.toContain(String(hidden));
    }
  });

  test("every item of a list has its id and version, and no private column", async () => {
    for (const uri of LISTS) {
      const { items } = await read(uri);
      for (const item of items) {
        expect(item).toMatchObject({ id: expect.any(String), updatedAt: expect.stringMatching(/Z$/) });
        expect(JSON.stringify(item)).not.toMatch(/idempotency|correlation|actor|sha256"|metadata|objectKey|target/i);
      }
    }
    expect((await read("commerce://revocation-intents")).items.map(({ status }) => status)).toEqual([
      "revocation_intent_recorded",
      "revocation_intent_ready",
    ]);
  });

  test("a long list comes in pages that miss nothing, each for the same work", async () => {
    await copyEntitlement(world, entitlementId, 60);
    const seen: string[] = [];
    const trips: number[] = [];
    let uri: string | undefined = "commerce://entitlements";
    while (uri) {
      world.database.reset();
      const page: Document = await read(uri);
      trips.push(world.database.trips());
      seen.push(...page.items.map(({ id }) => String(id)));
      uri = page.nextUri;
    }
    const all = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements ORDER BY granted_at DESC, id DESC",
    );
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(trips).toEqual(trips.map(() => 1));
    expect(trips.length).toBeGreaterThan(2);
    const cursor = (await read("commerce://entitlements")).nextUri ?? "";
    // A character in the middle: the last one may stand for fewer bits than it has.
    const forged = cursor.slice(0, -9) + (cursor.at(-9) === "A" ? "B" : "A") + cursor.slice(-8);
    expect((await read(forged)).code).toBe("not_found");
  });

  test("other actors do not read them, and an absent one is answered like a hidden one", async () => {
    const wish = { send: world.send, url: `${ORIGIN}/mcp` };
    const buyer = await connect({
      ...wish,
      token: await world.token(BUYER, "mcp", ["checkout:write", "affiliates:write"]),
    });
    const open = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
    const [operation] = await world.all<{ id: string }>("SELECT id FROM operations LIMIT 1");
    const uris = [
      ...LISTS,
      `commerce://ledger-entries/${ledger.commissionLedgerId}`,
      `commerce://entitlements/${entitlementId}`,
      "commerce://products/product-launch-bundle",
      `commerce://audit/${operation?.id}`,
    ];
    await unchanged(world, async () => {
      for (const uri of uris) {
        expect((await read(uri, buyer)).code, uri).toBe("insufficient_scope");
        expect((await read(uri, open)).code, uri).toBe("unauthenticated");
      }
      for (const uri of uris.slice(LISTS.length)) {
        expect((await read(uri.replace(/[^/]+$/, "absent"))).code).toBe("not_found");
      }
    });
  });
});
