import { beforeAll, beforeEach, expect, test } from "vitest";
import { PROOFS } from "../../src/db/schema/vocabulary.ts";
import { proofRules } from "../../src/kernel/risk.ts";
import { writes } from "../../tools/index.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors, httpDoor } from "../support/doors.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const PAGE = "/owner/proofs";

describeInWorld("the owner sets how a write has to be confirmed at least", {}, (world) => {
  let owner: Browser;
  let doors: Doors;
  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    doors = await bearerDoors(world, startCheckout, BUYER);
  });
  beforeEach(() => world.all("DELETE FROM minimum_proofs"));

  const set = async (proof: string) =>
    owner.submit(await owner.get(PAGE), PAGE, { "to.start_checkout:records": proof });
  const rules = () => world.all("SELECT write_name, minimum_proof FROM minimum_proofs");
  const audit = () =>
    world.all<{ summary: string }>(
      "SELECT * FROM payment_audit_events WHERE event_kind = 'minimum_proof_changed' ORDER BY created_at, id",
    );

  test("approval_page: the right text by MCP is sent to the page; elicited: so is the right text by HTTP", async () => {
    const before = (await audit()).length;
    expect((await set("approval_page")).headers.get("Location")).toBe(`${ORIGIN}${PAGE}?done=saved`);
    expect(await rules()).toEqual([{ write_name: "start_checkout:records", minimum_proof: "approval_page" }]);
    const byTool = await doors.mcp({ ...(await launchPassCall(world)), idempotencyKey: "raised-1" });
    expect([byTool.code, byTool.body.approvalUrl]).toEqual([
      "approval_required",
      expect.stringContaining(`${ORIGIN}/approvals/`),
    ]);

    await set("elicited");
    const byHttp = await doors.http({ ...(await launchPassCall(world)), idempotencyKey: "raised-2" });
    expect([byHttp.status, byHttp.code]).toEqual([409, "approval_required"]);
    expect(await world.sandbox.sessions()).toHaveLength(0);

    await set("argument");
    const free = await doors.http({ ...(await launchPassCall(world)), idempotencyKey: "raised-2" });
    expect(free.code, free.text).toBeUndefined();
    expect((await audit()).slice(before)).toMatchObject([
      {
        actor_kind: "owner_session",
        proof: "approval_page",
        subject_id: "start_checkout:records",
        subject_status: "approval_page",
        summary: "The owner changed the least proof of start_checkout:records from argument to approval_page.",
      },
      { subject_status: "elicited" },
      { subject_status: "argument" },
    ]);
  });

  test("what waits is on the overview: the owner's own with the way to decide, another's without", async () => {
    const own = await bearerDoors(world, startCheckout, OWNER);
    const call = async (key: string) => {
      const { confirmationText: _, ...rest } = await launchPassCall(world);
      return { ...rest, idempotencyKey: key };
    };
    await own.mcp(await call("waits-for-the-owner"));
    await doors.mcp(await call("waits-for-the-buyer"));
    const rows = await world.all<Record<string, string>>(
      "SELECT * FROM approvals WHERE status = 'pending' AND idempotency_key LIKE 'waits-%' ORDER BY idempotency_key",
    );
    const html = await (await owner.get("/owner")).text();
    expect(html).not.toContain(`/approvals/${rows[0]?.id}`);
    expect(html).toContain(`/approvals/${rows[1]?.id}`);
    for (const { email } of [BUYER, OWNER]) expect(html).toContain(email);
    for (const { operation_id } of rows) {
      const story = await (await owner.get(`/owner/operations/${operation_id}`)).text();
      expect(story).toContain("waiting for approval");
    }
  });

  test("a file can't wait: with a higher minimum, the console is the one way to store it", async () => {
    await owner.submit(await owner.get(PAGE), PAGE, { "to.upload_product_asset:records": "approval_page" });
    const route = "/api/admin/products/assets";
    const { headers } = await ownerBrowser(world, route, OWNER);
    const [product] = await world.all<{ updated_at: number }>(
      "SELECT updated_at FROM access_products WHERE id = 'product-launch-bundle'",
    );
    const body = "one\n";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
    const answer = await httpDoor(
      world,
      `POST ${route}`,
      headers,
    )({
      productId: "product-launch-bundle",
      assetId: "asset-launch-checklist-pdf",
      fileName: "one.txt",
      contentType: "text/plain",
      bodySha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      byteCount: body.length,
      bodyBase64: btoa(body),
      confirmationText: "Create private product asset upload intent",
      expectedUpdatedAt: new Date(Number(product?.updated_at)).toISOString(),
      idempotencyKey: "raised-upload",
    });
    expect(answer.code).toBe("confirmation_required");
    const path = "/owner/assets/product-launch-bundle/asset-launch-checklist-pdf";
    const form = new FormData();
    const hidden = hiddenFields(await (await owner.get(path)).text(), path);
    for (const [name, value] of Object.entries(hidden)) form.set(name, value);
    form.set("confirmationText", "Create private product asset upload intent");
    form.set("file", new File([body], "one.txt"));
    const Cookie = [...owner.cookies].map((pair) => pair.join("=")).join("; ");
    const stored = await world.fetch(path, {
      method: "POST",
      body: form,
      headers: { Cookie, "Sec-Fetch-Site": "same-origin" },
      redirect: "manual",
    });
    expect(stored.status, await stored.text()).toBe(303);
  });

  test("the page tells who is asked under each choice, from what a rule begins with, and lowers to a sentence at the least", async () => {
    const html = (await (await owner.get(PAGE)).text()).replace(/\s+/g, " ");
    for (const { name, least } of writes.flatMap(proofRules)) {
      expect(html).toContain(`<input type="radio" name="to.${name}" value="${least}" checked`);
      for (const proof of PROOFS) expect(html).toContain(`name="to.${name}" value="${proof}"`);
    }
    expect(html.match(/As today \(as it begins\)/g)).toHaveLength(writes.flatMap(proofRules).length);
    for (const words of [
      "is the app's word that a person answered",
      "a program that runs without a person could",
      "No person is asked: a model can type any text",
      "Each buyer then needs a passkey",
      "You need a passkey first",
      "Review commission evidence: Reverse for good",
      "It can't be taken back".replace("'", "&#39;"),
    ]) {
      expect(html.replaceAll("&#39;", "'")).toContain(words.replaceAll("&#39;", "'"));
    }
    const rule = "review_commission_evidence:final";
    const lower = (to: string) => async () => owner.submit(await owner.get(PAGE), PAGE, { [`to.${rule}`]: to });
    for (const wrong of ["", "none", "Argument"]) expect((await unchanged(world, lower(wrong))).status).toBe(400);
    expect((await lower("argument")()).status).toBe(303);
    expect((await audit()).at(-1)?.summary).toContain("from approval_page to argument");
    const lowered = (await (await owner.get(PAGE)).text()).replace(/\s+/g, " ");
    expect(lowered).toContain(`name="to.${rule}" value="argument" checked`);
  });

  test("a passkey as the owner's own proof takes a passkey of theirs; a buyer's rule takes none", async () => {
    const { checkoutIntentId } = await sale(world);
    const [row] = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    const own = { "to.record_revocation_intent:records": "passkey", "to.expire_checkout:ends": "passkey" };
    const refused = await unchanged(world, async () => owner.submit(await owner.get(PAGE), PAGE, own));
    expect([refused.status, (await refused.text()).replace(/\s+/g, " ")]).toEqual([
      409,
      expect.stringContaining("Add one at /account/passkeys first"),
    ]);
    const buyers = { "to.expire_checkout:ends": "passkey" };
    expect((await owner.submit(await owner.get(PAGE), PAGE, buyers)).status).toBe(303);
    const add = (id: string, email: string) =>
      world.all(
        `INSERT INTO passkeys (credential_id, user_id, public_key, counter, transports, name, backed_up, created_at)
         SELECT ?, id, 'key', 0, '[]', 'Mine', 0, 1 FROM user WHERE email = ?`,
        id,
        email,
      );
    await add("another-person", BUYER.email);
    expect((await owner.submit(await owner.get(PAGE), PAGE, own)).status).toBe(409);
    await add("the-owner", OWNER.email);
    const page = await owner.get(PAGE);
    expect(await page.clone().text()).not.toContain("You have no passkey");
    expect((await owner.submit(page, PAGE, own)).status).toBe(303);

    // The console's own form is then too little: it leads to the page that takes a passkey.
    const path = `/owner/entitlements/${row?.id}`;
    const typed = { reasonCode: "manual_review", confirmationText: "Record product access removal intent" };
    const sent = await owner.submit(await owner.get(path), path, typed);
    expect([sent.status, sent.headers.get("Location")]).toEqual([303, expect.stringContaining("/approvals/approval-")]);
    expect(
      await world.all("SELECT id FROM product_entitlement_revocation_intents WHERE target_entitlement_id = ?", row?.id),
    ).toEqual([]);
    await world.all("DELETE FROM passkeys");
  });

  test("a buyer's rule that asks for a passkey: their own buttons lead on to the page that takes it, and no order starts", async () => {
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    // A second start of an open order leads to that order's payment page.
    await world.all("UPDATE checkout_intents SET status = 'expired' WHERE status = 'open'");
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    const rules = { "to.start_checkout:records": "passkey", "to.expire_checkout:ends": "passkey" };
    expect((await owner.submit(await owner.get(PAGE), PAGE, rules)).status).toBe(303);
    const order = `/account/orders/${checkoutIntentId}`;
    for (const [page, action] of [
      ["/offers", "/offers"],
      [order, `${order}/cancel`],
    ] as const) {
      const fields = hiddenFields(await (await buyer.get(page)).text(), action);
      const sent = await unchanged(world, () => buyer.post(action, fields), [
        "approvals",
        "payment_audit_events",
        "mail_outbox",
      ]);
      expect([action, sent.status]).toEqual([action, 303]);
      const path = new URL(sent.headers.get("Location") ?? "").pathname;
      expect(path).toMatch(/^\/approvals\/approval-/);
      expect((await buyer.get(path)).status).toBe(200);
    }
  });

  test("a form sent twice is one change, and an old page lowers nothing", async () => {
    const before = (await audit()).length;
    const hidden = hiddenFields(await (await owner.get(PAGE)).text(), PAGE);
    const raise = { ...hidden, "to.expire_checkout:ends": "approval_page", "to.start_checkout:records": "elicited" };
    const answers = await Promise.all([owner.post(PAGE, raise), owner.post(PAGE, raise), owner.post(PAGE, raise)]);
    for (const { status } of answers) expect([303, 412]).toContain(status);
    expect((await owner.post(PAGE, raise)).status).toBe(303);
    expect((await audit()).length).toBe(before + 2);

    const old = {
      ...hidden,
      "to.expire_checkout:ends": "elicited",
      "to.create_commission_evidence:records": "elicited",
    };
    const stale = await unchanged(world, () => owner.post(PAGE, old));
    expect([stale.status, await stale.text()]).toEqual([412, expect.stringContaining("has changed since")]);
  });

  test("nothing but the owner's own fresh form is taken", async () => {
    const hidden = hiddenFields(await (await owner.get(PAGE)).text(), PAGE);
    const wish: Record<string, string> = { ...hidden, "to.start_checkout:records": "argument" };
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    await unchanged(world, async () => {
      const { formToken: _, ...tokenless } = wish;
      expect((await owner.post(PAGE, tokenless)).status).toBe(403);
      expect((await owner.post(PAGE, wish, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      expect((await owner.post(PAGE, { ...wish, "to.start_checkout:records": "none" })).status).toBe(400);
      expect((await buyer.post(PAGE, wish)).status).toBe(404);
      const bearer = await world.fetch(PAGE, {
        method: "POST",
        body: new URLSearchParams(wish),
        headers: { Authorization: `Bearer ${await world.token(OWNER, "api", ["owner:write"])}` },
      });
      expect(bearer.status).toBe(303);
      expect(bearer.headers.get("Location")).toContain("/sign-in?");
    }, ["user", "session", "oauth_grants", "oauth_grant_records", "oauth_token_uses", "bound_counts", "bound_counts"]);
    world.skew(16 * 60);
    const late = await owner.post(PAGE, wish);
    expect(late.headers.get("Location")).toBe(`${ORIGIN}/sign-in?returnTo=%2Fowner%2Fproofs&again=1`);
    expect(await (await owner.get(PAGE)).text()).not.toContain('type="radio"');
    world.skew(-16 * 60);
  });
});
