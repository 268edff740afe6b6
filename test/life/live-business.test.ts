import { beforeEach, describe, expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { browserOf, openAgent, pathIn, unconfirmed } from "../approvals/asking.ts";
import { databaseState } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, sharedDoors } from "../support/doors.ts";
import { checkoutDoors, intentRow, launchPassCall, OFFER, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { LIVE, liveBusiness } from "../support/live-business.ts";
import { openPlan, planCall, planDoors, planOf, withoutPlans } from "../support/plans.ts";
import { click, sale, versionOf } from "../support/sale.ts";
import { BUYER, OWNER, type World } from "../support/world.ts";

const LIVE_TEXT = "Create review-only commission evidence for Bumpgrade live checkout";
const SANDBOX_TEXT = "Create review-only commission evidence for Bumpgrade sandbox checkout";

/** The access that a checkout gives. */
const access = (world: World, checkoutIntentId: string) =>
  world.all(
    "SELECT product_id, status, grant_kind FROM product_entitlements WHERE checkout_intent_id = ? ORDER BY product_id",
    checkoutIntentId,
  );

/** A checkout as its buyer reads it. */
async function readOwn(world: World, checkoutIntentId: string): Promise<Record<string, unknown>> {
  const agent = await openAgent(world);
  const answer = await agent.call("read_commerce", { uri: `commerce://checkouts/${checkoutIntentId}` });
  return answer.content as Record<string, unknown>;
}

interface Document {
  readonly contract: Record<string, unknown> & { readonly sandboxCheckout: Record<string, unknown> };
  readonly sandboxCheckout: { readonly offer: Record<string, unknown> };
  readonly selfServePricing: { readonly contract: Record<string, unknown> };
  readonly affiliateCommissionLedger: { readonly contract: Record<string, unknown> };
}

const documentOf = async (world: World) => (await (await world.fetch("/commerce/source-data")).json()) as Document;

describeInWorld("a business that sells for real", { reset: true, business: liveBusiness }, (world) => {
  /** A live event under another id, as the sandbox's endpoint would sign it; the answer of the webhook. */
  async function signedBySandbox(liveBody: string | undefined, id: string, livemode: boolean) {
    const body = (liveBody ?? "")
      .replace(/"id":"evt_[^"]+"/, `"id":"${id}"`)
      .replaceAll('"livemode":true', `"livemode":${livemode}`);
    const signature = await signBody(body, "whsec_test_sandbox_secret", Math.floor(world.clock.now() / 1000));
    return (await world.post({ body, signature })).json();
  }

  beforeEach(() => withoutPlans(world));

  describe("on a deployment that may", () => {
    beforeEach(() => world.restart(LIVE));

    test("its documents and resources say live", async () => {
      const { contract, sandboxCheckout, selfServePricing, affiliateCommissionLedger } = await documentOf(world);
      expect(contract).toMatchObject({ activeMode: "live", notLiveYet: [] });
      expect(contract.sandboxCheckout).toMatchObject({
        liveModeEnabled: true,
        grantsSandboxEntitlementsFromPaidWebhook: false,
        grantsLiveEntitlementsFromPaidWebhook: true,
      });
      expect(sandboxCheckout.offer).toMatchObject({ mode: "live" });
      expect(selfServePricing.contract).toMatchObject({ stripeMode: "live" });
      expect(affiliateCommissionLedger.contract).toMatchObject({ confirmationText: LIVE_TEXT });
      const partners = (await (await world.fetch("/affiliates/source-data")).json()) as {
        commissionLedgerWrites: Record<string, unknown>;
        programs: { links: Record<string, unknown>[] }[];
      };
      expect(partners.commissionLedgerWrites).toMatchObject({ confirmationText: LIVE_TEXT });
      const [enabled, other] = partners.programs[0]?.links ?? [];
      expect(enabled).toMatchObject({ sandboxAttribution: true, liveAttribution: true });
      expect(Object.keys(other ?? {})).not.toContain("liveAttribution");
      expect(await world.read(`commerce://offers/${OFFER}`)).toMatchObject({ stripeMode: "live" });
      expect(await world.read("commerce://plans/grow")).toMatchObject({ stripeMode: "live" });
    });

    test("a pass and its bump are sold, from the approval to the decision and the evidence", async () => {
      const browser = await browserOf(world);
      const agent = await openAgent(world);
      const asked = await agent.call("start_checkout", await unconfirmed(world, "live-approval"));
      expect(await (await browser.get(pathIn(asked))).text()).toMatch(/Kind of payment<\/dt><dd>real money</);

      const doors = await checkoutDoors(world);
      const started = resultOf(
        await doors.http({ ...(await launchPassCall(world, { bump: true })), referralClickId: await click(world) }),
      );
      const { checkoutIntentId } = started;
      expect(started).toMatchObject({ stripeMode: "live", amountCents: 2800, status: "open" });
      const session = await sessionBehind(world, started);
      expect(session).toMatchObject({ livemode: true });
      const opened = await intentRow(world, checkoutIntentId);
      expect(opened).toMatchObject({ checkout_kind: "live_checkout", stripe_mode: "live" });

      await world.sandbox.pay(session.id, "paid");
      // What the sandbox's endpoint signs moves no live checkout, whichever mode it states.
      const completed = (await world.sandbox.deliveries({ pending: true })).find(
        ({ type }) => type === "checkout.session.completed",
      );
      for (const [id, livemode] of [
        ["evt_forged_live", true],
        ["evt_forged_sandbox", false],
      ] as const) {
        expect(await signedBySandbox(completed?.body, id, livemode)).toMatchObject({ status: "blocked" });
      }
      expect(await intentRow(world, checkoutIntentId)).toEqual(opened);
      expect(await access(world, checkoutIntentId)).toEqual([]);

      for (const answer of await world.deliver()) expect(await answer.json()).not.toMatchObject({ status: "blocked" });
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({ status: "paid" });
      expect(await access(world, checkoutIntentId)).toEqual([
        { product_id: "product-launch-bundle", status: "active", grant_kind: "live_paid_webhook" },
        { product_id: "product-launch-checklist-download", status: "active", grant_kind: "live_paid_webhook" },
      ]);
      for (const path of [session.success_url ?? "", "/account"]) {
        expect(await (await browser.get(path)).text()).not.toMatch(/a test|\(test|test shop/);
      }

      expect(await readOwn(world, checkoutIntentId)).toMatchObject({
        checkoutKind: "live_checkout",
        stripeMode: "live",
        evidenceConfirmationText: LIVE_TEXT,
        presentedOffer: { presentedOfferId: "offer-upsell-launch-accelerator" },
      });
      const decide = await sharedDoors(world, recordPostPurchaseDecision, BUYER);
      const decided = await decide.http({
        checkoutIntentId,
        decisionKind: "decline_upsell",
        presentedOfferId: "offer-upsell-launch-accelerator",
        confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
        expectedUpdatedAt: await versionOf(world, checkoutIntentId),
        idempotencyKey: "live-decision",
      });
      expect(decided.body.result).toMatchObject({ decisionKind: "decline_upsell", checkoutStatus: "paid" });
      const evidence = await sharedDoors(world, createCommissionEvidence, BUYER);
      const call = async (confirmationText: string) =>
        evidence.http({
          checkoutIntentId,
          confirmationText,
          expectedUpdatedAt: await versionOf(world, checkoutIntentId),
          idempotencyKey: "live-evidence",
        });
      expect((await call(SANDBOX_TEXT)).code).toBe("confirmation_mismatch");
      expect((await call(LIVE_TEXT)).body.result).toMatchObject({ grossSaleCents: 2800, commissionCents: 460 });

      await world.sandbox.refund({
        paymentIntent: String((await intentRow(world, checkoutIntentId)).stripe_payment_intent_id),
      });
      const statuses = async () => (await access(world, checkoutIntentId)).map(({ status }) => status);
      const refunds = await world.sandbox.deliveries({ pending: true });
      const refunded = refunds.find(({ type }) => type === "charge.refunded");
      expect(await signedBySandbox(refunded?.body, "evt_forged_refund", false)).toMatchObject({ status: "blocked" });
      expect(await statuses()).toEqual(["active", "active"]);
      await world.deliver();
      expect(await statuses()).toEqual(["inactive", "inactive"]);
    });

    test("a plan is sold, and its access is live", async () => {
      const browser = await browserOf(world);
      expect(await (await browser.get("/pricing")).text()).not.toContain("test shop");
      const plan = await openPlan(world, (await planDoors(world)).http);
      await world.sandbox.pay(plan.sessionId, "paid");
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "active", stripe_mode: "live" });
      for (const path of [plan.successUrl, "/account"]) {
        expect(await (await browser.get(path)).text()).not.toMatch(/a test|\(test|test shop/);
      }
    });

    test("a link counts in the modes that the data allows it", async () => {
      const doors = await checkoutDoors(world);
      const wish = async () => ({ ...(await launchPassCall(world)), referralClickId: await click(world) });
      await world.all(
        "UPDATE referral_links SET live_attribution = 0, sandbox_attribution = 1 WHERE code = 'LAUNCHCIRCLE'",
      );
      expect(await doors.http(await wish())).toMatchObject({
        code: "ineligible_state",
        body: { field: "referralClickId" },
      });
      await world.all(
        "UPDATE referral_links SET live_attribution = 1, sandbox_attribution = 0 WHERE code = 'LAUNCHCIRCLE'",
      );
      expect((await doors.http(await wish())).code).toBeUndefined();
      await world.all("UPDATE referral_links SET sandbox_attribution = 1 WHERE code = 'LAUNCHCIRCLE'");
    });

    test.each([
      ["its key", { STRIPE_SECRET_KEY_LIVE: undefined }, "is missing for what is sold here in live mode"],
      [
        "its webhook secret",
        { STRIPE_WEBHOOK_SECRET_LIVE: undefined },
        "is missing for what is sold here in live mode",
      ],
      [
        "a key of its own: a sandbox key is none",
        { STRIPE_SECRET_KEY_LIVE: "sk_test_000000000000000000000000" },
        "must be a Stripe live mode secret key",
      ],
    ])(
      "without %s the live mode sells nothing, says why, and no sandbox sale takes its place",
      async (_, settings, rule) => {
        const doors = await bearerDoors(world, startCheckout, BUYER);
        const plans = await planDoors(world);
        const [pass, plan] = [await launchPassCall(world), await planCall(world)];
        world.restart({ ...LIVE, ...settings });
        const before = await databaseState(world);
        for (const answer of [await doors.http(pass), await plans.http(plan)]) {
          expect(answer).toMatchObject({
            code: "provider_unavailable",
            body: { detail: "Checkout is not set up here in live mode." },
          });
        }
        expect(await databaseState(world)).toEqual(before);
        expect(await world.sandbox.sessions()).toEqual([]);
        const health = await openAgent(world, { person: OWNER, scopes: ["owner:read"] });
        const told = await health.call("read_commerce", { uri: "commerce://health" });
        const [fault] = Object.keys(settings);
        expect((told.content as { unusableSettings: unknown }).unusableSettings).toMatchObject([{ setting: fault }]);
        const console = await (await (await browserOf(world, OWNER)).get("/owner")).text();
        expect(console).toContain(`The setting ${fault} ${rule}`);
        const pricing = await (await (await browserOf(world)).get("/pricing")).text();
        expect(pricing).toContain("Stripe is not set up here in live mode.");
        expect(pricing).not.toContain("You confirm:");
      },
    );
  });

  describe("on a deployment that may sell in sandbox at most", () => {
    test("plans that are not sold, as the most is not set, need no key", async () => {
      const missing = async (max: string | undefined) => {
        world.restart({ STRIPE_MAX_MODE: max, STRIPE_SECRET_KEY_SANDBOX: undefined });
        const health = await openAgent(world, { person: OWNER, scopes: ["owner:read"] });
        const told = await health.call("read_commerce", { uri: "commerce://health" });
        return (told.content as { unusableSettings: { setting: string }[] }).unusableSettings.map(
          ({ setting }) => setting,
        );
      };
      await world.db.exec("CREATE TABLE kept_offers AS SELECT * FROM stack_offers");
      await world.db.exec("DELETE FROM stack_offers");
      expect(await missing("sandbox")).toEqual(["STRIPE_SECRET_KEY_SANDBOX"]);
      expect(await missing(undefined)).toEqual([]);
      await world.db.exec("INSERT INTO stack_offers SELECT * FROM kept_offers");
    });

    test.each([["sandbox"], [undefined]])(
      "the most being %s, an offer is a test in its rows and on every page",
      async (max) => {
        world.restart({ STRIPE_MAX_MODE: max });
        expect(await world.read(`commerce://offers/${OFFER}`)).toMatchObject({ stripeMode: "sandbox" });
        const { contract, sandboxCheckout, affiliateCommissionLedger } = await documentOf(world);
        expect(contract).toMatchObject({ activeMode: "sandbox", sandboxCheckout: { liveModeEnabled: false } });
        expect(sandboxCheckout.offer).toMatchObject({ mode: "sandbox" });
        expect(affiliateCommissionLedger.contract).toMatchObject({ confirmationText: SANDBOX_TEXT });

        const browser = await browserOf(world);
        const agent = await openAgent(world);
        const asked = await agent.call("start_checkout", await unconfirmed(world, `sandbox-approval-${max}`));
        expect(await (await browser.get(pathIn(asked))).text()).toContain("a test, no real money");
        const { checkoutIntentId, returnUrl, token } = await sale(world, { bump: true, referred: true });
        expect(await intentRow(world, checkoutIntentId)).toMatchObject({
          checkout_kind: "sandbox_checkout",
          stripe_mode: "sandbox",
          status: "paid",
        });
        expect(await access(world, checkoutIntentId)).toMatchObject([
          { status: "active", grant_kind: "sandbox_paid_webhook" },
          { status: "active", grant_kind: "sandbox_paid_webhook" },
        ]);
        expect(await readOwn(world, checkoutIntentId)).toMatchObject({ evidenceConfirmationText: SANDBOX_TEXT });
        for (const path of [returnUrl, `/commerce/post-purchase/${token}`]) {
          expect(await (await browser.get(path)).text()).toContain("This order is a test: no money moves.");
        }
        expect(await (await browser.get("/account")).text()).toContain("(test purchase)");
      },
    );

    test("a plan is a test, too, and gives its access here", async () => {
      expect(await world.read("commerce://plans/grow")).toMatchObject({ stripeMode: "sandbox" });
      expect(await (await world.fetch("/pricing")).text()).toContain("This is a test shop");
      const plan = await openPlan(world, (await planDoors(world)).http);
      await world.sandbox.pay(plan.sessionId, "paid");
      await world.deliver();
      expect(await planOf(world, plan)).toMatchObject({ status: "active", stripe_mode: "sandbox" });
    });

    test("a live key of such a deployment is not used", async () => {
      world.restart({ ...LIVE, STRIPE_MAX_MODE: "sandbox" });
      const { checkoutIntentId } = await sale(world);
      expect(await intentRow(world, checkoutIntentId)).toMatchObject({ stripe_mode: "sandbox" });
      expect((await world.sandbox.sessions()).map(({ livemode }) => livemode)).toEqual([false]);
    });
  });

  test("once an offer is sold for real, a test purchase of it gives no access, and what one gave is over", async () => {
    const before = await sale(world, { bump: true });
    const open = await sale(world, { outcome: "none" });
    world.restart(LIVE);
    const browser = await browserOf(world);
    const told = async () => {
      const own = (await readOwn(world, before.checkoutIntentId)) as { entitlements: { status: string }[] };
      return own.entitlements.map(({ status }) => status);
    };
    // It is told so before any report moves a row.
    expect((await access(world, before.checkoutIntentId)).map(({ status }) => status)).toEqual(["active", "active"]);
    expect(await told()).toEqual(["inactive", "inactive"]);
    expect(await (await browser.get(before.returnUrl)).text()).toContain("It was a test and gives no access here.");
    expect(await (await browser.get("/account")).text()).toContain("It was a test, and gives nothing here.");

    const session = (await world.sandbox.sessions()).find(
      ({ client_reference_id: id }) => id === open.checkoutIntentId,
    );
    await world.sandbox.pay(session?.id ?? "", "paid");
    await world.deliver();
    expect(await intentRow(world, open.checkoutIntentId)).toMatchObject({ status: "paid", stripe_mode: "sandbox" });
    expect(await access(world, open.checkoutIntentId)).toEqual([]);
    // And where the deployment is taken back to tests, the access that was given is there again.
    world.restart();
    expect(await told()).toEqual(["active", "active"]);
  });
});
