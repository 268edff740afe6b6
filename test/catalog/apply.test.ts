import { expect, test } from "vitest";
import { applyBusiness } from "../../src/dev/catalog/apply-changes.ts";
import { compare } from "../../src/dev/catalog/compare.ts";
import { staleConfirmations } from "../../src/dev/catalog/confirmations.ts";
import { boundDatabase } from "../../src/dev/catalog/database.ts";
import { reportOf, reportText } from "../../src/dev/catalog/report.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { ask, browserOf, openAgent } from "../approvals/asking.ts";
import { auditVerdict } from "../support/audit-verdict.ts";
import { bundledBusiness, bundledFiles } from "../support/bundled-seeds.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openPlan, planDoors } from "../support/plans.ts";
import { readAs } from "../support/read-as.ts";
import { sale } from "../support/sale.ts";
import { type Json, set } from "../support/spoiled-seeds.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const OFFER = "sandbox-launch-pass";
const PASS = "price-bumpgrade-sandbox-launch-pass-usd";

/** The reference business with changes in some files. */
function business(changes: Readonly<Record<string, (content: Json) => unknown>>): Business {
  const files = Object.entries(bundledFiles).map(([path, content]) => {
    const copy = structuredClone(content) as Json;
    changes[path]?.(copy);
    return [path, copy] as const;
  });
  return parseBusiness(Object.fromEntries(files));
}

/** Without its stack of offers, its program of links, and the plan that is bought below. */
const smaller = () =>
  business({
    "offers.json": set("stacks", []),
    "affiliates.json": set("programs", []),
    "plans.json": (content) => {
      const plans = content.plans as unknown as { slug: string }[];
      Object.assign(content, { plans: plans.filter(({ slug }) => slug !== "grow") });
    },
    "prices.json": (content) => {
      const prices = content.prices as unknown as { id: string }[];
      Object.assign(content, { prices: prices.filter(({ id }) => id !== PASS) });
    },
    "access-catalog.json": (content) => {
      const maps = content.grantMaps as unknown as { priceId: string }[];
      Object.assign(content, { grantMaps: maps.filter(({ priceId }) => priceId !== PASS) });
    },
  });

const apply = (world: World, to: Business) => applyBusiness(boundDatabase(world.db), to, world.clock.now());

describeInWorld("files without what was sold", { story: false }, (world) => {
  test("a sale stays as it was, one that is paid later is granted, and neither offer nor plan is read or started again", async () => {
    const paid = await sale(world, { bump: true });
    const open = await sale(world, { outcome: "none" });
    const plan = await openPlan(world, (await planDoors(world)).http, { slug: "grow" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const granted = () => world.all("SELECT id FROM product_entitlements WHERE status = 'active'");
    const before = await granted();

    const { comparison, auditCorrelationId } = await apply(world, smaller());
    expect(comparison.leaving.map(({ table, id, words }) => `${table} ${id} ${words}`)).toEqual([
      `commerce_prices ${PASS} is made inactive`,
      ...["primary-sandbox-launch-pass", "bump-launch-checklist", "upsell-launch-accelerator", "downsell-launch-review"]
        .map((name) => `stack_offers offer-${name} is no longer listed or sold`)
        .sort(),
      "plans grow is no longer listed or sold; who has it keeps it",
      ...comparison.leaving
        .filter(({ table }) => table === "referral_links" || table === "commission_rules")
        .map(({ table, id }) => `${table} ${id} ${table === "referral_links" ? "is disabled" : "is removed"}`),
    ]);

    const agent = await openAgent(world);
    for (const [uri, list] of [
      [`commerce://offers/${OFFER}`, "commerce://offers"],
      ["commerce://plans/grow", "commerce://plans"],
    ]) {
      const answer = await agent.call("read_commerce", { uri });
      expect(answer).toMatchObject({ code: "not_found" });
      const { content } = await agent.call("read_commerce", { uri: list });
      expect(JSON.stringify(content)).not.toMatch(/sandbox-launch-pass|"grow"/);
    }
    const start = { idempotencyKey: "after", expectedUpdatedAt: new Date(0).toISOString(), confirmationText: "any" };
    expect(await agent.call("start_checkout", { ...start, offerId: OFFER })).toMatchObject({ code: "not_found" });
    const planStart = { ...start, idempotencyKey: "after-plan", planSlug: "grow" };
    expect(await agent.call("start_plan_checkout", planStart)).toMatchObject({ code: "not_found" });
    const document = await (await world.fetch("/commerce/source-data")).text();
    expect(document).not.toContain("offer-primary-sandbox-launch-pass");

    // What was bought is there, and the plan is still named to who has it.
    expect(await granted()).toEqual(before);
    expect(await world.all("SELECT status FROM publisher_plan_entitlements")).toEqual([{ status: "active" }]);
    expect(await readAs(world, BUYER, `commerce://checkouts/${paid.checkoutIntentId}`)).toMatchObject({
      status: "paid",
    });
    const [session] = await world.all<{ id: string }>(
      "SELECT stripe_checkout_session_id AS id FROM checkout_intents WHERE id = ?",
      open.checkoutIntentId,
    );
    await world.sandbox.pay(session?.id ?? "", "paid");
    await world.deliver();
    expect((await granted()).length).toBeGreaterThan(before.length);

    // One row in the audit, under the seal, shown to the owner as the operator's.
    const [row, ...more] = await world.all("SELECT * FROM payment_audit_events WHERE actor_kind = 'operator_cli'");
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      event_kind: "catalog_applied",
      audit_correlation_id: auditCorrelationId,
      actor_id: null,
    });
    expect(JSON.parse(String(row?.metadata_json))).toMatchObject({
      filesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await world.scheduled();
    const verdict = await auditVerdict(world, undefined);
    expect(verdict.faults).toEqual([]);
    expect(verdict.unsealedRows).toBe(0);
  });

  test("the owner sees the command among the operations, as the operator's", async () => {
    const owner = await browserOf(world, OWNER);
    const page = await (await owner.get("/owner/operations")).text();
    expect(page).toContain("the operator, on the command line");
    expect(page).toMatch(/The catalog was brought to its files: 0 rows added, 1 changed, \d+ taken off sale/);
  });

  test("the same files again change nothing and write no row; the files of before put all on sale again", async () => {
    await unchanged(world, async () => {
      const { auditCorrelationId } = await apply(world, smaller());
      expect(auditCorrelationId).toBeUndefined();
    });
    await apply(world, bundledBusiness());
    expect(await world.read(`commerce://offers/${OFFER}`)).toMatchObject({ offerId: OFFER });
    expect(await world.read("commerce://plans/grow")).toMatchObject({ planSlug: "grow" });
    const { comparison } = await apply(world, bundledBusiness());
    expect(comparison.statements).toEqual([]);
  });

  test("an offer under another id can't take the public id that past sales know", async () => {
    const taken = business({
      "offers.json": set("stacks.0.offers.0.id", "offer-other"),
      "affiliates.json": set("programs", []),
    });
    await expect(compare(boundDatabase(world.db), taken, world.clock.now())).rejects.toThrow(
      `offers.json: publicOfferId must not be taken over: ${OFFER} of offer-other is that of offer-primary-sandbox-launch-pass in the database, by which past sales know it, so keep the id offer-primary-sandbox-launch-pass, or give offer-other another publicOfferId`,
    );
  });
});

describeInWorld("what an apply makes stale", { story: false }, (world) => {
  const reported = async (to: Business) => {
    const now = world.clock.now();
    const database = boundDatabase(world.db);
    const comparison = await compare(database, to, now);
    const { ownerUserId } = to.files.business;
    return unchanged(world, () => reportOf(comparison, staleConfirmations(comparison), database, { ownerUserId, now }));
  };
  const sentence = (bump: string, amount: string) =>
    `Create checkout for Bumpgrade launch pass${bump} at ${amount} USD`;

  test("sentences before and after, each with its bump, and the approvals that wait", async () => {
    const agent = await openAgent(world);
    await ask(world, agent, "waits");
    const dearer = business({ "prices.json": set("prices.0.unitAmountCents", 1_100) });
    const report = await reported(dearer);
    expect(report).toEqual({
      added: [],
      changed: [{ table: "commerce_prices", id: PASS, fields: [{ field: "unit_amount_cents", from: 900, to: 1_100 }] }],
      leaving: [],
      staleConfirmations: [
        { kind: "offer", id: OFFER, before: sentence("", "9.00"), after: sentence("", "11.00") },
        {
          kind: "offer",
          id: OFFER,
          before: sentence(" with Launch checklist", "28.00"),
          after: sentence(" with Launch checklist", "30.00"),
        },
      ],
      pendingApprovals: 1,
    });
    expect(reportText(report)).toContain("Approvals that wait for a person and become void: 1.");
    await apply(world, dearer);
    expect(await agent.call("start_checkout", { ...(await held(world)), idempotencyKey: "held" })).toMatchObject({
      code: "confirmation_mismatch",
    });
  });

  test("a version that changes under the same sentence, a name of the business in all of them, and what is not on sale", async () => {
    await apply(world, bundledBusiness());
    const summary = await reported(business({ "offers.json": set("stacks.0.offers.0.summary", "Another summary.") }));
    expect(summary.staleConfirmations).toEqual([
      { kind: "offer", id: OFFER, before: sentence("", "9.00"), after: sentence("", "9.00") },
    ]);
    const draft = await reported(business({ "products.json": set("products.0.status", "draft") }));
    expect(draft.staleConfirmations).toEqual([
      { kind: "offer", id: OFFER, before: sentence("", "9.00"), after: null },
      { kind: "offer", id: OFFER, before: sentence(" with Launch checklist", "28.00"), after: null },
    ]);
    const renamed = await reported(business({ "business.json": set("confirmationName", "Other") }));
    expect(renamed.staleConfirmations.map(({ id }) => id)).toEqual([
      ...[OFFER, OFFER, "experiment", "experiment", "grow", "grow"],
    ]);
    const product = await reported(business({ "access-catalog.json": set("revision", "another") }));
    expect(product.staleConfirmations.every(({ kind }) => kind === "product")).toBe(true);
    const gone = await reported(smaller());
    expect(gone.staleConfirmations.filter(({ after }) => after === null).map(({ id }) => id)).toEqual([
      ...[OFFER, OFFER, "grow", "grow"],
    ]);
    expect(await reported(bundledBusiness())).toMatchObject({
      changed: [],
      staleConfirmations: [],
      pendingApprovals: 0,
    });
  });
});

/** A confirmed call for the launch pass as an agent held it before its price changed. */
async function held(world: World) {
  const { updatedAt } = (await world.read(`commerce://offers/${OFFER}`)) as { updatedAt: string };
  return {
    offerId: OFFER,
    expectedUpdatedAt: new Date(Date.parse(updatedAt) - 1).toISOString(),
    confirmationText: "Create checkout for Bumpgrade launch pass at 9.00 USD",
  };
}
