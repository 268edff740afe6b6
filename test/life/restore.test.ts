import { beforeAll, expect, test } from "vitest";
import operating from "../../OPERATING.md?raw";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, base64Of, freshPdf } from "../support/asset-files.ts";
import { auditVerdict, HEAD } from "../support/audit-verdict.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Door, type Doors, mcpDoor } from "../support/doors.ts";
import { healthReader } from "../support/health.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { type ObtainedToken, openBrowser, refresh, revoke, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, planOf, subscriptionOf } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { momentOf, travelTo } from "../support/time-travel.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const HOUR = 3600;

describeInWorld("a database that is restored to an earlier moment", {}, (world) => {
  let doors: Doors;
  let plans: Doors;
  let upload: Door;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    plans = await planDoors(world);
    await lowerProofs(world);
    upload = await mcpDoor(world, uploadProductAsset.name, await world.token(OWNER, "mcp", ["owner:write"]));
    health = await healthReader(world);
    world.quiet = true;
  });

  const bucket = () => world.bindings.PRODUCT_ASSETS;
  const headNow = async () => (await bucket().get(HEAD))?.text();
  const sealsNow = async () =>
    (await world.all<{ seal: string }>("SELECT seal FROM audit_seals ORDER BY number")).map(({ seal }) => seal);
  const verdict = (head: string | undefined) => auditVerdict(world, head);
  const passes = async (checkoutIntentId: string) =>
    (
      await world.all<{ status: string }>(
        "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
        checkoutIntentId,
      )
    ).map(({ status }) => status);
  const audit = async () => ((await health()).lastScheduledRun as { report: { audit: { head: string } } }).report.audit;

  test("sealing stands still and says so, until the head that is ahead is put aside", async () => {
    await sale(world);
    await world.scheduled();
    const moment = await momentOf(world);
    const known = (await sealsNow()).length;
    await sale(world);
    await world.scheduled();
    const ahead = await headNow();
    expect((await sealsNow()).length).toBe(known + 1);

    await travelTo(world, moment);
    world.log.length = 0;
    await sale(world);
    for (let run = 0; run < 2; run++) {
      await world.advance(HOUR);
      await world.scheduled();
      expect([(await sealsNow()).length, await headNow()]).toEqual([known, ahead]);
      expect(await audit()).toEqual({ rows: 0, seals: 0, head: "differs" });
    }
    expect(world.log.filter(({ code }) => code === "head_differs")).toHaveLength(2);
    const stopped = await verdict(ahead);
    expect(stopped.faults).toEqual([
      `The end of the audit is missing: seal ${known + 1} was made, and ${known} are here. Sealed rows were removed, or the database was restored to an earlier moment.`,
    ]);
    expect(stopped.unsealedRows).toBeGreaterThan(0);

    // What the operator does: keeps the head that is ahead elsewhere, and removes it.
    await bucket().delete(HEAD);
    await world.scheduled();
    expect((await audit()).head).toBe("kept");
    expect(await verdict(await headNow())).toMatchObject({ faults: [], unsealedRows: 0 });
    expect((await headNow()) === ahead).toBe(false);
    // The kept copy goes on telling of the restore.
    expect((await verdict(ahead)).faults).toEqual([
      `Seal ${known + 1} is not the one that was kept as the head. It was replaced, or sealed again after the database was restored.`,
    ]);
  });

  test("sales that the database knows heal by themselves; those that it forgot are shown and give nothing", async () => {
    const open = await sale(world, { outcome: "none" });
    const refunded = await sale(world);
    await world.scheduled();
    const moment = await momentOf(world);

    await world.advance(HOUR);
    const { stripe_checkout_session_id } = await intentRow(world, open.checkoutIntentId);
    await world.sandbox.pay(String(stripe_checkout_session_id), "paid");
    const { stripe_payment_intent_id } = await intentRow(world, refunded.checkoutIntentId);
    await world.sandbox.refund({ paymentIntent: String(stripe_payment_intent_id) });
    const forgotten = await sale(world);
    const plan = await openPlan(world, plans.http, { slug: "experiment" });
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const subscription = await subscriptionOf(world, plan);
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([
      ["active"],
      ["inactive"],
    ]);
    expect([await passes(forgotten.checkoutIntentId), (await planOf(world, plan))?.status]).toEqual([
      ["active"],
      "active",
    ]);

    await travelTo(world, moment);
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([[], ["active"]]);
    await world.scheduled();
    expect([await passes(open.checkoutIntentId), await passes(refunded.checkoutIntentId)]).toEqual([
      ["active"],
      ["inactive"],
    ]);
    expect([await passes(forgotten.checkoutIntentId), await planOf(world, plan)]).toEqual([[], undefined]);
    const blocked = await world.all(
      "SELECT event_type FROM stripe_webhook_events WHERE status = 'blocked' AND error = 'checkout_not_found'",
    );
    // The pass, the plan, and the pass that the test before forgot.
    expect(blocked.filter(({ event_type }) => event_type === "checkout.session.completed")).toHaveLength(3);
    expect(Number((await health()).blockedEvents)).toBe(blocked.length);

    // The forgotten plan is paid each month until it is canceled at Stripe: each payment shows.
    await world.sandbox.subscription(subscription, { action: "renew" });
    await world.deliver();
    expect(Number((await health()).blockedEvents)).toBeGreaterThan(blocked.length);
  });

  test("a repeated key whose operation was forgotten opens a second page; the first one's payment shows and gives nothing", async () => {
    const moment = await momentOf(world);
    const call = await launchPassCall(world);
    const first = resultOf(await doors.http(call));
    const firstSession = await sessionBehind(world, first);
    await travelTo(world, moment);
    await world.advance(HOUR);

    const calls = async () =>
      (await world.sandbox.calls()).filter(({ method, path }) => `${method} ${path}` === CREATE).length;
    const before = await calls();
    const second = resultOf(await doors.http(call));
    const secondSession = await sessionBehind(world, second);
    // Stripe refuses the key for another request, and the next attempt's key opens a page of its own.
    expect([(await calls()) - before, secondSession.id === firstSession.id]).toEqual([2, false]);
    // The first page's link is gone here.
    expect((await world.fetch(first.checkoutUrl)).status).toBe(404);
    await world.sandbox.pay(firstSession.id, "paid");
    await world.deliver();
    const [event] = await world.all(
      "SELECT status, error FROM stripe_webhook_events WHERE event_type = 'checkout.session.completed' ORDER BY received_at DESC LIMIT 1",
    );
    expect(event).toEqual({ status: "blocked", error: "checkout_not_found" });
    expect([await passes(first.checkoutIntentId), await passes(second.checkoutIntentId)]).toEqual([[], []]);
  });

  test("a file that was stored since can be stored again", async () => {
    const moment = await momentOf(world);
    const body = freshPdf();
    const store = async () => {
      const { input, ...envelope } = await confirmedUpload(world, { ...announced(body), bodyBase64: base64Of(body) });
      return upload({ ...input, ...envelope, idempotencyKey: "a-file" });
    };
    const stored = () => world.all("SELECT r2_object_key FROM product_asset_uploads WHERE status = 'stored_private'");
    expect((await store()).code).toBeUndefined();
    const [first] = await stored();
    await travelTo(world, moment);
    expect(await stored()).toEqual([]);
    const again = await store();
    expect([again.code, again.body.replayed]).toEqual([undefined, false]);
    // The first one's object stays where no row names it.
    expect(await bucket().head(String(first?.r2_object_key))).not.toBeNull();
    expect(await stored()).not.toEqual([first]);
  });

  test("what had ended is back, until the command of OPERATING.md ends it", async () => {
    const api = () => world.grant(BUYER, "api", ["checkout:write"]);
    const [disconnected, refreshed] = [await api(), await api()];
    const use = async ({ accessToken }: ObtainedToken) =>
      (await world.fetch("/api/operations/absent", { headers: { Authorization: `Bearer ${accessToken}` } })).status;
    const refreshable = (token: ObtainedToken) =>
      refresh(world.send, token).then(
        async (fresh) => use(fresh),
        () => "refused",
      );
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    const moment = await momentOf(world);

    await revoke(world.send, disconnected, disconnected.refreshToken);
    await refresh(world.send, refreshed);
    const forgotten = await api();
    await world.all("DELETE FROM session");
    expect([await refreshable(disconnected), (await browser.get("/account")).status]).toEqual(["refused", 303]);

    await travelTo(world, moment);
    expect([await refreshable(disconnected), (await browser.get("/account")).status]).toEqual([404, 200]);

    const [, command] = /--command "(\s+DELETE FROM session;[^"]+)"/.exec(operating) ?? [];
    for (const statement of (command ?? "").split(";")) await world.all(statement);
    for (const token of [disconnected, refreshed, forgotten]) {
      expect([await use(token), await refreshable(token)]).toEqual([401, "refused"]);
    }
    expect((await browser.get("/account")).status).toBe(303);
    await signIn(browser, BUYER);
    expect([await use(await api()), (await browser.get("/account")).status]).toEqual([404, 200]);
  });
});
