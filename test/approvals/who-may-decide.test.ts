import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields, refresh, revoke } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import {
  type Agent,
  ask,
  browserOf,
  decide,
  effects,
  type Offer,
  openAgent,
  pathIn,
  readOffer,
  storiesAreWhole,
  unconfirmed,
} from "./asking.ts";

describeInWorld("who may decide", { reset: true }, (world) => {
  let agent: Agent;
  let offer: Offer;
  beforeAll(async () => {
    agent = await openAgent(world);
    offer = await readOffer(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
  });

  afterEach(() => storiesAreWhole(world));

  let keys = 0;
  const newKey = () => `who-${++keys}`;
  const yes = () => ({ decision: "approve", confirmationText: offer.confirmationText });

  /** Tries something that must not decide, and looks whether it did. */
  async function undecided<T>(path: string, attempt: () => Promise<T>): Promise<T> {
    const before = await effects(world);
    const answer = await attempt();
    expect(await effects(world)).toEqual(before);
    const [row] = await world.all<{ status: string }>(
      "SELECT status FROM approvals WHERE id = ?",
      path.split("/").at(-1),
    );
    if (row) expect(row.status).toBe("pending");
    return answer;
  }

  test("a forged, cut or lengthened id is answered as an id of another person's approval", async () => {
    const path = await ask(world, agent, newKey());
    const browser = await browserOf(world);
    const page = await (await browser.get(path)).text();
    const fields = { ...hiddenFields(page, path), ...yes() };
    const stranger = await browserOf(world, OWNER);
    const theirs = await stranger.get(path);
    const words = await theirs.text();
    expect([theirs.status, words.includes("9.00"), words.includes(BUYER.email)]).toEqual([404, false, false]);
    const flipped = path.endsWith("0") ? `${path.slice(0, -1)}1` : `${path.slice(0, -1)}0`;
    for (const forged of [
      flipped,
      path.slice(0, -1),
      `${path}0`,
      path.toUpperCase().replace("/APPROVALS/APPROVAL-", "/approvals/approval-"),
      `/approvals/approval-${"0".repeat(48)}`,
      "/approvals/approval-",
      "/approvals/%00",
      "/approvals/..%2faccount",
      `/approvals/${encodeURIComponent("' OR 1=1 --")}`,
    ]) {
      if (forged === path) continue;
      const [shown, sent] = await undecided(path, async () => [
        await browser.get(forged),
        await browser.post(forged, fields),
      ]);
      expect([forged, shown?.status, sent?.status]).toEqual([forged, 404, 404]);
      expect(await shown?.text()).toBe(words);
    }
  });

  test("another person's page cannot be seen or decided, with their own token or with the right one", async () => {
    const path = await ask(world, agent, newKey());
    const mine = await browserOf(world);
    const stranger = await browserOf(world, OWNER);
    const right = hiddenFields(await (await mine.get(path)).text(), path);
    const own = hiddenFields(await (await stranger.get("/account")).text(), "/sign-out");
    for (const hidden of [right, own, {}]) {
      const answer = await undecided(path, () => stranger.post(path, { ...hidden, ...yes() }));
      expect(answer.status).toBe(404);
    }
    for (const decision of ["approve", "decline"]) {
      const answer = await undecided(path, () => stranger.post(path, { ...right, ...yes(), decision }));
      expect(answer.status).toBe(404);
    }
  });

  test("signed out, before or in between: the way to sign-in and back, and nothing decided", async () => {
    const path = await ask(world, agent, newKey());
    const signedOut = await world.fetch(path);
    expect([signedOut.status, signedOut.headers.get("Location")]).toEqual([
      303,
      `${ORIGIN}/sign-in?returnTo=${encodeURIComponent(path)}`,
    ]);
    const browser = await browserOf(world);
    const page = await browser.get(path);
    const before = new Map(browser.cookies);
    await browser.submit(await browser.get("/account"), "/sign-out", {});
    const fields = { ...hiddenFields(await page.text(), path), ...yes() };
    // With the cookies of before, as a copy of them would be sent, and with those that are left.
    const left = new Map(browser.cookies);
    for (const cookies of [before, left]) {
      browser.cookies.clear();
      for (const [name, value] of cookies) browser.cookies.set(name, value);
      const sent = await undecided(path, () => browser.post(path, fields));
      expect([sent.status, sent.headers.get("Location")?.startsWith(`${ORIGIN}/sign-in`)]).toEqual([303, true]);
    }
    // The form of the old session is no good in the new one.
    const again = await browserOf(world);
    expect((await undecided(path, () => again.post(path, fields))).status).toBe(403);
    expect((await decide(again, path, { approve: offer.confirmationText })).status).toBe(200);
  });

  test("a form that is not ours decides nothing: no token, a wrong one, another origin, another way", async () => {
    const path = await ask(world, agent, newKey());
    const browser = await browserOf(world);
    const { formToken = "" } = hiddenFields(await (await browser.get(path)).text(), path);
    const attempts: Record<string, () => Promise<Response>> = {
      "no token": () => browser.post(path, yes()),
      "an empty token": () => browser.post(path, { ...yes(), formToken: "" }),
      "an edited token": () => browser.post(path, { ...yes(), formToken: `${formToken.slice(0, -1)}~` }),
      "another origin": () =>
        browser.post(path, { ...yes(), formToken }, { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" }),
      "a sibling host": () =>
        browser.post(path, { ...yes(), formToken }, { Origin: "https://x.app.test", "Sec-Fetch-Site": "same-site" }),
      "no button": () => browser.post(path, { formToken, confirmationText: offer.confirmationText }),
      "a button of its own": () => browser.post(path, { ...yes(), formToken, decision: "yes" }),
      "a decline without a token": () => browser.post(path, { decision: "decline" }),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const answer = await undecided(path, attempt);
      expect([what, [400, 403].includes(answer.status)]).toEqual([what, true]);
    }
    // A page that sends neither header proves nothing.
    const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
    const bare = { method: "POST", headers: { Cookie: cookie }, body: new URLSearchParams({ ...yes(), formToken }) };
    expect((await undecided(path, () => world.fetch(path, bare))).status).toBe(403);
    // JSON, a GET with the fields in its address, other methods.
    const json = {
      ...bare,
      headers: { ...bare.headers, "Content-Type": "application/json" },
      body: JSON.stringify(yes()),
    };
    expect((await undecided(path, () => world.fetch(path, json))).status).toBe(403);
    const query = new URLSearchParams({ ...yes(), formToken });
    expect((await undecided(path, () => browser.get(`${path}?${query}`))).status).toBe(200);
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const answer = await undecided(path, () => world.fetch(path, { ...bare, method }));
      expect([method, answer.status >= 400]).toEqual([method, true]);
    }
    // A bearer token is no session: what an agent holds approves nothing.
    const bearer = { Authorization: `Bearer ${agent.token.accessToken}`, "Sec-Fetch-Site": "same-origin" };
    const sent = await undecided(path, () => world.fetch(path, { ...bare, headers: bearer }));
    expect(sent.status).toBe(303);
  });

  test("the page can't be framed, cached or scripted, in every state of it", async () => {
    const browser = await browserOf(world);
    const path = await ask(world, agent, newKey());
    const pages = [await browser.get(path), await decide(browser, path, { approve: "no" })];
    pages.push(await decide(browser, path, "decline"), await browser.get(path), await browser.get(`${path}0`));
    pages.push(await browser.post(path, {}));
    for (const page of pages) {
      const policy = page.headers.get("Content-Security-Policy") ?? "";
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]) {
        expect(policy.split("; ")).toContain(rule);
      }
      expect(policy).not.toContain("script-src");
      expect(page.headers.get("X-Frame-Options")).toBe("DENY");
      expect(page.headers.get("Cache-Control")).toBe("no-store");
      expect(["same-origin", "no-referrer"]).toContain(page.headers.get("Referrer-Policy"));
      expect(await page.text()).not.toMatch(/<script|javascript:|\son\w+=/i);
    }
  });

  test("who asks is shown as it was proven, and apart from it what the client says of itself", async () => {
    const hostile = await openAgent(world, { clientName: "<b>Bank</b> of \u202eevil" });
    const path = await ask(world, hostile, newKey());
    const page = await (await (await browserOf(world)).get(path)).text();
    expect(page).not.toContain("<b>Bank</b>");
    expect(page).not.toContain("\u202e");
    expect(page).toContain("Bank");
    expect(page).toContain("Calls itself, unverified");
    expect(page).toContain("plain-agent 1.0.0");
  });

  describe("a grant that ends takes what it asked for with it", () => {
    test.each(["by the client", "by the person"])("%s, between asking and approving", async (by) => {
      const passing = await openAgent(world, { clientName: "Passing client" });
      const key = newKey();
      const path = await ask(world, passing, key);
      const browser = await browserOf(world);
      const page = await browser.get(path);
      if (by === "by the client") await revoke(world.send, passing.token, passing.token.refreshToken);
      else {
        const account = await browser.get("/account");
        const [row] = await world.all<{ id: string }>(
          "SELECT id FROM oauth_grants WHERE client_id = ?",
          passing.token.clientId,
        );
        const fields = hiddenFields(await account.text(), "/account/clients/revoke");
        await browser.post("/account/clients/revoke", { ...fields, grantId: row?.id ?? "" });
      }
      const [row] = await world.all<{ revoked_at: number | null }>(
        "SELECT revoked_at FROM oauth_grants WHERE client_id = ?",
        passing.token.clientId,
      );
      expect(row?.revoked_at).toBeTruthy();
      const before = await effects(world);
      const sent = await browser.submit(page, path, yes());
      expect([sent.status, await sent.text()]).toEqual([409, expect.stringContaining("was disconnected")]);
      expect(await (await browser.get(path)).text()).toContain("This was taken back");
      expect(await effects(world)).toEqual(before);
      const [kept] = await world.all("SELECT * FROM approvals WHERE id = ?", path.split("/").at(-1));
      expect(kept).toMatchObject({ status: "withdrawn", withdrawn_because: "client_revoked" });
      const [told] = await world.all(
        "SELECT * FROM payment_audit_events WHERE event_kind = 'approval_withdrawn' AND subject_id = ?",
        kept?.id,
      );
      const kind = by === "by the client" ? "oauth_client" : "account_session";
      expect(told).toMatchObject({
        actor_kind: kind,
        client_id: passing.token.clientId,
        operation_id: kept?.operation_id,
      });
      // Another client of the same person learns why.
      expect(await agent.standing(key)).toMatchObject({
        status: "failed",
        problem: { detail: expect.stringContaining("the connection that asked was ended") },
      });
    });

    test("a refresh token that comes back a minute after its use takes it back too", async () => {
      const stolen = await openAgent(world, { clientName: "Stolen client" });
      const path = await ask(world, stolen, newKey());
      await refresh(world.send, await refresh(world.send, stolen.token));
      await world.advance(61);
      await expect(refresh(world.send, stolen.token)).rejects.toThrow("invalid_grant");
      const [kept] = await world.all(
        "SELECT status, withdrawn_because AS why FROM approvals WHERE id = ?",
        path.split("/").at(-1),
      );
      expect(kept).toEqual({ status: "withdrawn", why: "client_revoked" });
    });

    test("what is asked at the moment in which the connection ends is not kept", async () => {
      const passing = await openAgent(world, { clientName: "Ending client" });
      const args = await unconfirmed(world, newKey());
      world.database.interrupt(2, () => revoke(world.send, passing.token, passing.token.refreshToken));
      await passing.call("start_checkout", args).catch(() => undefined);
      world.database.reset();
      expect(await world.all("SELECT id FROM approvals")).toEqual([]);
    });

    test("and so does a scope that is the owner's no longer", async () => {
      const owners = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
      const path = pathIn(await owners.call("record_revocation_intent", await revocation()));
      const browser = await browserOf(world, OWNER);
      const page = await browser.get(path);
      await world.all("UPDATE oauth_grants SET scopes = 'owner:read' WHERE client_id = ?", owners.token.clientId);
      const before = await effects(world);
      const sent = await browser.submit(page, path, { decision: "approve", confirmationText: REVOKE });
      expect([sent.status, await effects(world)]).toEqual([409, before]);
    });
  });

  test("an owner's write wants a sign-in of the last quarter of an hour, for the page and for the form", async () => {
    const owners = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
    const browser = await browserOf(world, OWNER);
    await backdateSignIn(14);
    const path = pathIn(await owners.call("record_revocation_intent", await revocation()));
    const page = await browser.get(path);
    expect(page.status).toBe(200);
    await backdateSignIn(2);
    const fields = { decision: "approve", confirmationText: REVOKE };
    const stale = await undecided(path, () => browser.submit(page, path, fields));
    const wanted = `${ORIGIN}/sign-in?${new URLSearchParams({ returnTo: path, again: "1" })}`;
    expect([stale.status, stale.headers.get("Location")]).toEqual([303, wanted]);
    expect((await browser.get(path)).headers.get("Location")).toBe(wanted);
    // Also to say no: who says it has to be the owner.
    const declined = await undecided(path, () => browser.post(path, { decision: "decline" }));
    expect(declined.status).toBe(303);

    const form = await browser.get(wanted.slice(ORIGIN.length));
    const back = await browser.submit(form, "/sign-in", { ...OWNER });
    expect([back.status, back.headers.get("Location")]).toEqual([303, ORIGIN + path]);
    const done = await browser.submit(await browser.get(path), path, fields);
    expect(done.status).toBe(200);
    const operation = (await world.all("SELECT * FROM operations WHERE write_name = 'record_revocation_intent'")).at(
      -1,
    );
    expect(operation).toMatchObject({ proof: "approval_page", actor_kind: "oauth_client", status: "succeeded" });
  });

  test("what the owner's own browser asked for without a text is the browser's, not a client's", async () => {
    const browser = await browserOf(world, OWNER);
    const route = "/api/admin/products/revocation-intents";
    const { formToken } = (await (await browser.get(route)).json()) as { formToken: string };
    const { idempotencyKey, ...body } = await revocation();
    const asked = await world.fetch(route, {
      method: "POST",
      headers: {
        Cookie: [...browser.cookies].map((pair) => pair.join("=")).join("; "),
        "X-Form-Token": formToken,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        "Idempotency-Key": idempotencyKey,
      },
      body: JSON.stringify(body),
    });
    const path = pathIn(await asked.json());
    expect((await decide(browser, path, { approve: REVOKE })).status).toBe(200);
    const [operation] = await world.all("SELECT * FROM operations WHERE idempotency_key = ?", idempotencyKey);
    expect(operation).toMatchObject({ proof: "approval_page", actor_kind: "owner_session", client_id: null });
  });

  test("a buyer's purchase needs no fresh sign-in, only the buyer", async () => {
    const browser = await browserOf(world);
    await world.advance(3 * 3600);
    const later = await openAgent(world);
    const path = pathIn(await later.call("start_checkout", await unconfirmed(world, newKey())));
    expect((await decide(browser, path, { approve: offer.confirmationText })).status).toBe(200);
  });

  /** The owner's sign-ins were so much earlier. They are timed by a clock that no test moves. */
  async function backdateSignIn(minutes: number) {
    await world.all(
      "UPDATE session SET created_at = created_at - ? WHERE user_id = (SELECT owner_user_id FROM businesses)",
      minutes * 60_000,
    );
  }

  const REVOKE = "Record product access removal intent";

  /** A revocation intent about access that nothing was noted about yet. */
  async function revocation() {
    const { checkoutIntentId } = await sale(world);
    const [row] = await world.all<{ id: string; updated_at: number }>(
      "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    return {
      entitlementId: row?.id ?? "",
      reasonCode: "customer_request",
      expectedUpdatedAt: new Date(row?.updated_at ?? 0).toISOString(),
      idempotencyKey: newKey(),
    };
  }
});
