import { beforeAll, expect, test } from "vitest";
import type { ConfirmedWrite } from "../../src/kernel/confirmed-write.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Door, mcpDoor, type Person } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { connect } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { planCall, withoutPlans } from "../support/plans.ts";
import { sale, versionOf } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { multiplyPurchases } from "./many-purchases.ts";

/**
 * The planner may walk the few rows of a catalog, and of the buyer's own plans, in another order when it knows more: seen up
 * to 31 rows, by chance of the ids. A walk over purchases would add thousands.
 */
const SLACK = 60;
/** A page of a list is 25 rows, or 100 of people; a whole document is the catalog. */
const MOST = 250;

const FEW = 1_000;
/** The line `flat` of `test/BENCH.md` has 100,000. */
const MANY = 20_000;

describeInWorld("what a call costs", { story: true }, (world) => {
  let mcp: Record<"buyer" | "owner" | "guest", Awaited<ReturnType<typeof connect>>>;
  let pages: Record<"buyer" | "owner", ReturnType<typeof openBrowser>>;
  const doors = new Map<string, Door>();

  beforeAll(async () => {
    const url = `${ORIGIN}/mcp`;
    mcp = {
      buyer: await connect({ send: world.send, url, token: await world.token(BUYER, "mcp") }),
      owner: await connect({
        send: world.send,
        url,
        token: await world.token(OWNER, "mcp", ["owner:read", "owner:write"]),
      }),
      guest: await connect({ send: world.send, url: `${ORIGIN}/mcp/public` }),
    };
    pages = { buyer: openBrowser(world.send, ORIGIN), owner: openBrowser(world.send, ORIGIN) };
    await signIn(pages.buyer, BUYER);
    await signIn(pages.owner, OWNER);
    await lowerProofs(world);
    for (const [write, person] of [
      [startCheckout, BUYER],
      [startPlanCheckout, BUYER],
      [recordPostPurchaseDecision, BUYER],
      [createCommissionEvidence, BUYER],
      [reviewCommissionEvidence, OWNER],
      [recordRevocationIntent, OWNER],
    ] as [ConfirmedWrite, Person][]) {
      doors.set(write.name, await mcpDoor(world, write.name, await world.token(person, "mcp", [write.scope])));
    }
    // One of each, so that a copy of everything can be made.
    await called(startPlanCheckout, await planCall(world));
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.deliver();
    await withoutPlans(world);
    await evidence(world);
    const paid = await sale(world, { bump: true, referred: true });
    await called(recordPostPurchaseDecision, decision(paid));
  });

  const door = ({ name }: ConfirmedWrite): Door => {
    const opened = doors.get(name);
    if (!opened) throw new Error(`no door for ${name}`);
    return opened;
  };

  async function called(write: ConfirmedWrite, args: Record<string, unknown>) {
    const answer = await door(write)(args);
    if (answer.code !== undefined) throw new Error(`${write.name}: ${answer.text}`);
    return answer.body.result as Record<string, string>;
  }

  let keys = 0;
  const decision = ({ checkoutIntentId, updatedAt }: { checkoutIntentId: string; updatedAt: string }) => ({
    checkoutIntentId,
    decisionKind: "decline_upsell",
    presentedOfferId: "offer-upsell-launch-accelerator",
    confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
    expectedUpdatedAt: updatedAt,
    idempotencyKey: `decision-${++keys}`,
  });

  /** Rows that the database read for each thing that is asked of it. */
  async function measured(): Promise<Record<string, number>> {
    // An isolate that has kept no public document.
    world.restart();
    const rows: Record<string, number> = {};
    const measure = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      world.database.reset();
      const answer = await run();
      rows[name] = world.database.rowsRead();
      return answer;
    };
    const resource = (who: keyof typeof mcp, uri: string, name = uri) =>
      measure(name, async () => {
        // By the tool: a client keeps what it read as a resource for a while.
        const answer = await mcp[who].callTool({ name: "read_commerce", arguments: { uri } });
        if (answer.isError) throw new Error(`${uri}: ${JSON.stringify(answer.content)}`);
        return (answer.structuredContent as { content: { nextUri?: string } }).content;
      });

    const pass = await launchPassCall(world, { bump: true });
    const started = await measure("start_checkout", () => called(startCheckout, pass));
    await measure("start_checkout, again", () => called(startCheckout, pass));
    await measure("get_operation", () =>
      mcp.buyer.callTool({ name: "get_operation", arguments: { idempotencyKey: pass.idempotencyKey } }),
    );
    const plan = await planCall(world);
    const begun = await measure("start_plan_checkout", () => called(startPlanCheckout, plan));
    await measure("redirect", () => world.fetch(String(started.checkoutUrl)));

    for (const [what, { checkoutIntentId }] of Object.entries({ pass: started, plan: begun })) {
      const session = (await world.sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
      const earlier = new Set((await world.sandbox.deliveries()).map(({ id }) => id));
      await world.sandbox.pay(session?.id ?? "", "paid");
      // Events of one moment come in any order: a count compares one order with the same.
      const deliveries = (await world.sandbox.deliveries())
        .filter(({ id }) => !earlier.has(id))
        .map((delivery) => ({ delivery, type: (JSON.parse(delivery.body) as { type: string }).type }));
      for (const { delivery, type } of deliveries.sort((one, other) => (one.type < other.type ? -1 : 1))) {
        await measure(`webhook of a ${what}: ${type}`, () => world.post(delivery));
        await measure(`webhook of a ${what}: ${type}, again`, () => world.post(delivery));
      }
    }
    await withoutPlans(world);

    const paid = await sale(world, { bump: true, referred: true });
    const recorded = decision(paid);
    await measure("record_post_purchase_decision", () => called(recordPostPurchaseDecision, recorded));
    await measure("record_post_purchase_decision, again", () => called(recordPostPurchaseDecision, recorded));
    const entry = await measure("create_commission_evidence", async () =>
      called(createCommissionEvidence, {
        checkoutIntentId: paid.checkoutIntentId,
        confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
        expectedUpdatedAt: await versionOf(world, paid.checkoutIntentId),
        idempotencyKey: `counted-evidence-${++keys}`,
      }),
    );
    await measure("review_commission_evidence", () =>
      called(reviewCommissionEvidence, {
        commissionLedgerId: entry.commissionLedgerId,
        actionKind: "mark_reviewed",
        confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
        expectedUpdatedAt: entry.updatedAt,
        idempotencyKey: `counted-review-${++keys}`,
      }),
    );
    const [access] = await world.all<{ id: string; updated_at: number }>(
      "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
      paid.checkoutIntentId,
    );
    await measure("record_revocation_intent", () =>
      called(recordRevocationIntent, {
        entitlementId: access?.id,
        reasonCode: "customer_request",
        confirmationText: "Record product access removal intent",
        expectedUpdatedAt: new Date(access?.updated_at ?? 0).toISOString(),
        idempotencyKey: `counted-intent-${++keys}`,
      }),
    );

    for (const uri of [
      "commerce://offers",
      "commerce://plans",
      "commerce://offers/sandbox-launch-pass",
      "commerce://plans/grow",
      "commerce://tables/checkout_intents",
    ]) {
      await resource("guest", uri);
    }
    await resource("guest", "commerce://source-data");
    await resource("guest", "commerce://affiliates/source-data");
    await resource("buyer", `commerce://checkouts/${paid.checkoutIntentId}`, "commerce://checkouts/{id}");
    await resource("owner", `commerce://ledger-entries/${entry.commissionLedgerId}`, "commerce://ledger-entries/{id}");
    await resource("owner", `commerce://entitlements/${access?.id}`, "commerce://entitlements/{id}");
    await resource("owner", "commerce://health");
    for (const list of ["checkouts", "operations", "ledger-entries", "entitlements", "revocation-intents"]) {
      let page = await resource("owner", `commerce://${list}`);
      for (let depth = 0; depth < 4 && page.nextUri; depth++) {
        page = await resource("owner", page.nextUri, `commerce://${list}, page ${depth + 2}`);
      }
    }
    await resource("buyer", "commerce://checkouts", "commerce://checkouts, a person's own");
    await resource("buyer", "commerce://operations", "commerce://operations, a person's own");

    for (const path of [
      "/owner",
      "/owner/ledger",
      "/owner/operations",
      "/owner/entitlements",
      "/owner/webhooks",
      "/owner/people",
    ]) {
      await measure(path, () => pages.owner.get(path));
    }
    await measure("/offers", () => world.fetch("/offers"));
    await measure("/pricing", () => pages.buyer.get("/pricing"));
    return rows;
  }

  test("no call reads more rows when there are more purchases", async () => {
    await multiplyPurchases(world, FEW);
    await world.scheduled();
    const before = await measured();
    await multiplyPurchases(world, MANY);
    await world.scheduled();
    const [counted] = await world.all<{ checkouts: number }>("SELECT count(*) AS checkouts FROM checkout_intents");
    const after = await measured();
    const lines = Object.entries(before).map(
      ([name, rows]) => `${String(rows).padStart(6)} ${String(after[name]).padStart(6)}  ${name}`,
    );
    console.log([`rows read at ${FEW} and at ${counted?.checkouts} checkouts`, ...lines].join("\n"));
    expect(counted?.checkouts).toBeGreaterThan(MANY);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, rows] of Object.entries(after)) {
      expect(rows, name).toBeLessThanOrEqual((before[name] ?? 0) + SLACK);
      expect(rows, name).toBeLessThanOrEqual(MOST);
    }
  }, 3_600_000);
});
