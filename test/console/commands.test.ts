import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("what only the console does", {}, (world) => {
  let owner: Browser;
  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
  });

  const audit = (kind: string) =>
    world.all<Record<string, string>>("SELECT * FROM payment_audit_events WHERE event_kind = ?", kind);
  /** The form of a row, and the same form as another site or an old page would send it. */
  const refusals = async (page: string, fields: Record<string, string>) => {
    const hidden = hiddenFields(await (await owner.get(page)).text(), page);
    await unchanged(world, async () => {
      const { formToken: _, ...tokenless } = hidden;
      expect((await owner.post(page, { ...tokenless, ...fields })).status).toBe(403);
      const wish = { ...hidden, ...fields };
      expect((await owner.post(page, wish, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      world.skew(16 * 60);
      expect((await owner.post(page, wish)).headers.get("Location")).toContain("again=1");
      world.skew(-16 * 60);
    });
  };

  test("an open removal intent is withdrawn once, and access is as it was", async () => {
    const page = "/owner/revocation-intents";
    await sale(world);
    const [entitlement] = await world.all<{ id: string }>("SELECT id FROM product_entitlements");
    const path = `/owner/entitlements/${entitlement?.id}`;
    await owner.submit(await owner.get(path), path, {
      reasonCode: "test_cleanup",
      confirmationText: "Record product access removal intent",
    });
    expect(await (await owner.get(path)).text()).toContain("A removal intent is open");
    const intentId = hiddenFields(await (await owner.get(page)).text(), page).intentId ?? "";
    await refusals(page, { intentId });
    const sent = hiddenFields(await (await owner.get(page)).text(), page);
    const answers = await Promise.all([owner.post(page, sent), owner.post(page, sent), owner.post(page, sent)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await audit("product_revocation_intent_withdrawn")).toHaveLength(1);
    expect((await owner.post(page, { ...sent, intentId: "absent" })).status).toBe(404);
    const html = await (await owner.get(page)).text();
    expect(html).not.toContain("Withdraw</button>");
    expect(html).toContain(path);
    const states = await world.all("SELECT status FROM product_entitlements");
    expect(states).toEqual(states.map(() => ({ status: "active" })));
  });

  test("a connected app of any person is ended at once, audited", async () => {
    const page = "/owner/clients";
    const token = await world.token(BUYER, "api", ["checkout:write"]);
    const call = () => world.fetch("/api/operations/absent", { headers: { Authorization: `Bearer ${token}` } });
    expect((await call()).status).toBe(404);
    const html = await (await owner.get(page)).text();
    for (const shown of [BUYER.email, "Test client", "Start checkouts for you"]) expect(html).toContain(shown);
    const [grant] = await world.all<{ id: string }>("SELECT id FROM oauth_grants ORDER BY created_at DESC, id DESC");
    const grantId = grant?.id ?? "";
    expect(hiddenFields(html, page).grantId).toBe(grantId);
    await refusals(page, { grantId });
    const sent = hiddenFields(html, page);
    const answers = await Promise.all([owner.post(page, sent), owner.post(page, sent)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect((await call()).status).toBe(401);
    const ended = await audit("client_grant_revoked");
    expect(ended.filter(({ subject_id }) => subject_id === grantId)).toMatchObject([
      { actor_kind: "owner_session", subject_status: "revoked" },
    ]);
    expect((await owner.post(page, { ...sent, grantId: "absent" })).status).toBe(404);
    expect(await (await owner.get(page)).text()).not.toContain(grantId);
  });

  test("a person who ends an app of their own leaves the same trace", async () => {
    await world.token(BUYER, "api", ["checkout:write"]);
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    await buyer.submit(await buyer.get("/account"), "/account/clients/revoke", {});
    expect(await audit("client_grant_revoked")).toContainEqual(
      expect.objectContaining({ actor_kind: "account_session", subject_status: "revoked" }),
    );
  });

  test("a blocked event is shown with its private reason, without Stripe's id, and looked at again", async () => {
    const page = "/owner/webhooks";
    await sale(world);
    const [event] = await world.all<{ id: string; reference: string }>(
      "SELECT id, reference FROM stripe_webhook_events WHERE event_type = 'checkout.session.completed' ORDER BY received_at DESC",
    );
    await world.all(
      "UPDATE stripe_webhook_events SET status = 'blocked', error = 'canary <reason>' WHERE id = ?",
      event?.id,
    );
    const html = await (await owner.get(page)).text();
    expect(html).toContain("canary &lt;reason&gt;");
    expect(html).toContain(event?.reference);
    expect(html).not.toContain(event?.id);
    const sent = hiddenFields(html, page);
    expect(sent.reference).toBe(event?.reference);
    await refusals(page, { reference: sent.reference ?? "" });
    expect((await owner.post(page, sent)).status).toBe(303);
    expect(await world.all("SELECT status FROM stripe_webhook_events WHERE id = ?", event?.id)).toEqual([
      { status: "processed" },
    ]);
    expect(await audit("stripe_event_replayed")).toMatchObject([{ actor_kind: "owner_session" }]);
    expect((await owner.post(page, { ...sent, reference: "absent" })).status).toBe(404);
    expect(await (await owner.get(page)).text()).toContain("None.");
  });

  test("an operation is found by its id, with its proof, its app and its rows", async () => {
    await sale(world);
    const [operation] = await world.all<Record<string, string>>(
      "SELECT * FROM operations WHERE write_name = 'start_checkout' ORDER BY created_at DESC",
    );
    const found = await owner.get(`/owner/find?operation=%20${operation?.id}`);
    expect(found.headers.get("Location")).toBe(`${ORIGIN}/owner/operations/${operation?.id}`);
    const html = await (await owner.get(found.headers.get("Location") ?? "")).text();
    for (const shown of [
      BUYER.email,
      "Test client",
      String(operation?.confirmation_text),
      "sandbox",
      "The hosted payment page was created.",
    ]) {
      expect(html).toContain(shown);
    }
    for (const hidden of ["actor_id", "idempotency_key", "audit_correlation_id", "fingerprint", "answer_sealed"]) {
      expect(html).not.toContain(String(operation?.[hidden]));
    }
    expect((await owner.get("/owner/operations/absent")).status).toBe(404);
    expect(await (await owner.get("/owner/operations")).text()).toContain(String(operation?.id));
  });

  test("long lists come in pages that miss nothing", async () => {
    await sale(world);
    const [one] = await world.all<Record<string, string | number | null>>("SELECT * FROM operations LIMIT 1");
    const columns = Object.keys(one ?? {});
    for (let made = 0; made < 60; made++) {
      const row = {
        ...one,
        id: `operation-filler-${made}`,
        idempotency_key: `filler-${made}`,
        created_at: 1000 + Math.floor(made / 3),
      };
      await world.all(
        `INSERT INTO operations (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
        ...columns.map((column) => (row as Record<string, unknown>)[column]),
      );
    }
    const seen: string[] = [];
    let address: string | undefined = "/owner/operations";
    while (address) {
      const html: string = await (await owner.get(address)).text();
      seen.push(...Array.from(html.matchAll(/href="\/owner\/operations\/([^"?]+)"/g), ([, id]) => id ?? ""));
      address = /<a href="([^"]+)">Older<\/a>/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    const all = await world.all<{ id: string }>("SELECT id FROM operations ORDER BY created_at DESC, id DESC");
    expect(seen).toEqual(all.map(({ id }) => id));
  });
});
