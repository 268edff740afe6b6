import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { consolePages } from "../../src/console/index.ts";
import { type Bindings, parseSettings } from "../../src/env.ts";
import { OWNER_PREFIX } from "../../src/http/write-paths.ts";
import { writes } from "../../tools/index.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { httpDoor, mcpDoor } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import {
  authorizeUrl,
  type Browser,
  codeIn,
  discover,
  type ObtainedToken,
  openBrowser,
  redeemCode,
  registerClient,
  signIn,
} from "../support/oauth.ts";
import { type App, FACTOR_PATH, setUpFactor, signInByCode } from "../support/second-factor.ts";
import { ORIGIN, OWNER } from "../support/world.ts";
import { linkIn, openMailbox } from "./mailbox.ts";

const ownerWrites = writes.filter(({ route }) => route.includes(OWNER_PREFIX));
const routeOf = ({ route }: { route: string }) => route.slice("POST ".length);
const LED = (path: string) => `${ORIGIN}${FACTOR_PATH}?${new URLSearchParams({ returnTo: path })}`;
const review = routeOf(reviewCommissionEvidence);

describeInWorld("the owner's second factor", { reset: true }, (world) => {
  let addresses: string[];
  let commissionLedgerId: string;
  beforeAll(async () => {
    ({ commissionLedgerId } = await evidence(world));
    const [operation] = await world.all<{ id: string }>("SELECT id FROM operations ORDER BY created_at");
    const ids: Record<string, string> = {
      "/owner/ledger/:id": commissionLedgerId,
      "/owner/operations/:id": operation?.id ?? "",
      "/owner/assets/:productId/:assetId": "product-launch-bundle/asset-launch-checklist-pdf",
    };
    addresses = consolePages.map(({ path }) => path.replace(/:.*$/, ids[path] ?? "x"));
  });
  beforeEach(async () => {
    await world.all("DELETE FROM second_factors");
    await world.all("DELETE FROM recovery_codes");
    await world.all("DELETE FROM bound_counts");
    ask("required");
  });

  const ask = (setting: "required" | "optional") => world.restart({ OWNER_SECOND_FACTOR: setting });
  const browse = () => openBrowser(world.send, ORIGIN);
  /** Every page of the console that is none but a way to another. */
  const pages = () => addresses.filter((path) => path !== "/owner/find");
  const cookieOf = (browser: Browser) => [...browser.cookies].map((pair) => pair.join("=")).join("; ");

  /** The owner, signed in by password and code. */
  async function ownerWithFactor(): Promise<{ browser: Browser; app: App }> {
    const browser = browse();
    await signIn(browser, OWNER);
    return { browser, app: await setUpFactor(world, browser) };
  }

  /** A consent in this browser: what comes of it, or where it leads instead. */
  async function connect(browser: Browser, resource: "mcp" | "api", scopes: readonly string[]) {
    const server = await discover(world.send, `${ORIGIN}/${resource}`);
    const redirectUri = "http://localhost:6543/callback";
    const clientId = await registerClient(world.send, server, { redirectUri, clientName: "Owner's helper" });
    const wish = { clientId, redirectUri, resource: `${ORIGIN}/${resource}` };
    const attempt = await authorizeUrl(server, { ...wish, scopes });
    const page = await browser.get(attempt.url);
    return {
      page,
      address: attempt.url.slice(ORIGIN.length),
      async allow(ticked: readonly string[] = scopes): Promise<ObtainedToken> {
        const answer = await browser.submit(page.clone(), "/authorize", { decision: "allow", scope: ticked });
        const granted = codeIn(answer, attempt.state);
        return redeemCode(world.send, server, { ...wish, ...granted, verifier: attempt.verifier });
      },
    };
  }

  /** What an owner's token is answered by a resource and a write of theirs, at both doors. */
  async function tried(mcpToken: string, apiToken: string) {
    const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
    const call = await mcpDoor(world, reviewCommissionEvidence.name, mcpToken);
    const write = await call({
      commissionLedgerId,
      actionKind: "hold_for_review",
      confirmationText: "not the text",
      expectedUpdatedAt: "2026-01-01T00:00:00.000Z",
      idempotencyKey: `factor-${crypto.randomUUID()}`,
    });
    const [operation] = await world.all<{ id: string }>("SELECT id FROM operations ORDER BY created_at");
    const read = await world.fetch(`/api/operations/${operation?.id}`, { headers: bearer(apiToken) });
    return { write: write.code, challenge: write.headers.get("WWW-Authenticate"), read: read.status };
  }

  test("a deployment that says nothing asks for it", () => {
    const { OWNER_SECOND_FACTOR: _, ...bindings } = env as unknown as Bindings;
    expect(parseSettings(bindings as Bindings).OWNER_SECOND_FACTOR).toBe("required");
    expect(() => parseSettings({ ...bindings, OWNER_SECOND_FACTOR: "off" } as Bindings)).toThrow("OWNER_SECOND_FACTOR");
  });

  describe("required: a session without it has no authority", () => {
    test("no page, route, consent or approval of the owner's opens; each leads to setting one up, and back", async () => {
      ask("optional");
      const before = browse();
      await signIn(before, OWNER);
      const { formToken } = (await (await before.get(review)).json()) as { formToken: string };
      const agent = await connect(before, "mcp", ["checkout:write", "owner:write"]).then(({ allow }) => allow());
      const call = await mcpDoor(world, reviewCommissionEvidence.name, agent.accessToken);
      const asked = await call({
        commissionLedgerId,
        actionKind: "hold_for_review",
        expectedUpdatedAt: await versionOf(),
        idempotencyKey: `approval-${crypto.randomUUID()}`,
      });
      const approval = new URL(String(asked.body.approvalUrl)).pathname;
      expect((await before.get(approval)).status).toBe(200);

      ask("required");
      await unchanged(world, async () => {
        for (const address of addresses) {
          for (const answer of [await before.get(address), await before.post(address, { formToken })]) {
            expect([address, answer.status, answer.headers.get("Location")]).toEqual([address, 303, LED(address)]);
          }
        }
        for (const write of ownerWrites) {
          const route = routeOf(write);
          const contract = (await (await before.get(route)).json()) as Record<string, unknown>;
          expect([route, contract.formToken]).toEqual([route, undefined]);
          const headers = { Cookie: cookieOf(before), "X-Form-Token": formToken, "Sec-Fetch-Site": "same-origin" };
          const answer = await httpDoor(world, write.route, headers)({ idempotencyKey: "x" });
          expect([route, answer.status, answer.code, answer.body.detail]).toEqual([
            route,
            401,
            "unauthenticated",
            expect.stringContaining(FACTOR_PATH),
          ]);
        }
        for (const path of [approval]) {
          expect((await before.get(path)).headers.get("Location")).toBe(LED(path));
          const yes = { formToken, decision: "approve", confirmationText: "anything" };
          expect((await before.post(path, yes)).headers.get("Location")).toBe(LED(path));
        }
        const [operation] = await world.all<{ id: string }>("SELECT id FROM operations ORDER BY created_at");
        const receipt = `/owner/operations/${operation?.id}/receipt`;
        expect((await before.get(receipt)).headers.get("Location")).toBe(LED(receipt));
      });
      const consent = await connect(before, "mcp", ["owner:read"]);
      expect([consent.page.status, consent.page.headers.get("Location")]).toEqual([303, LED(consent.address)]);
      const everyday = await connect(before, "mcp", ["checkout:write"]);
      expect(await everyday.page.clone().text()).not.toContain("owner:");
      expect((await everyday.allow(["checkout:write", "owner:write"])).scopes).toEqual(["checkout:write"]);
      expect((await before.get("/account")).status).toBe(200);
    });

    test("signing in leads to it in plain words, and from there to where the owner was going", async () => {
      const browser = browse();
      const page = await browser.get("/sign-in?returnTo=%2Fowner%2Fledger%3Fx%3D1");
      const answer = await browser.submit(page, "/sign-in", OWNER);
      const path = (answer.headers.get("Location") ?? "").slice(ORIGIN.length);
      expect(answer.headers.get("Location")).toBe(LED("/owner/ledger?x=1"));
      expect(await (await browser.get(path)).text()).toContain("As the owner you need this once");
      const app = await setUpFactor(world, browser, path);
      const html = await app.shown.text();
      expect(app.codes).toHaveLength(10);
      expect(html).toContain('href="/owner/ledger?x=1"');
      for (const address of ["/owner", "/owner/ledger?x=1", "/owner/people"]) {
        expect([address, (await browser.get(address)).status]).toEqual([address, 200]);
      }
      expect(await (await browser.get(path)).text()).not.toContain(app.codes[0]);

      const later = browse();
      const done = await signInByCode(later, OWNER, app.code(), "/owner/ledger?x=1");
      expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/owner/ledger?x=1`]);
      expect((await later.get("/owner")).status).toBe(200);
    });

    test("with it everything is as before, by page, by route and by approval; turned off, it is over", async () => {
      const { browser, app } = await ownerWithFactor();
      const { formToken } = (await (await browser.get(review)).json()) as { formToken: string };
      const headers = { Cookie: cookieOf(browser), "X-Form-Token": formToken, "Sec-Fetch-Site": "same-origin" };
      const answer = await httpDoor(
        world,
        reviewCommissionEvidence.route,
        headers,
      )({
        commissionLedgerId,
        actionKind: "hold_for_review",
        expectedUpdatedAt: await versionOf(),
        idempotencyKey: `by-route-${crypto.randomUUID()}`,
        confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
      });
      expect([answer.status, answer.code]).toEqual([201, undefined]);
      const off = await browser.submit(await browser.get(FACTOR_PATH), FACTOR_PATH, {
        action: "stop",
        code: app.code(),
      });
      expect(off.status).toBe(303);
      expect((await browser.get("/owner")).headers.get("Location")).toBe(LED("/owner"));
      expect(
        await world.all(
          "SELECT event_kind, actor_kind, metadata_json FROM payment_audit_events WHERE event_kind LIKE 'second_factor%' ORDER BY sequence DESC LIMIT 2",
        ),
      ).toEqual([
        { event_kind: "second_factor_removed", actor_kind: "owner_session", metadata_json: "{}" },
        { event_kind: "second_factor_enabled", actor_kind: "owner_session", metadata_json: "{}" },
      ]);
    });

    test("a session from before the factor was set up changes nothing about it, and gets nothing by it", async () => {
      const { app } = await ownerWithFactor();
      const old = browse();
      await signInByCode(old, OWNER, app.code());
      // As sessions are that were opened before this was asked of them.
      await world.all("UPDATE session SET second_factor = 0");
      const led = await old.get("/owner");
      const next = await old.get((led.headers.get("Location") ?? "").slice(ORIGIN.length));
      expect([next.status, next.headers.get("Location")]).toEqual([303, `${ORIGIN}/sign-in?returnTo=%2Fowner&again=1`]);
      expect((await old.post(FACTOR_PATH, { action: "stop", code: app.codes[0] ?? "" })).status).toBe(303);
      expect(await world.all("SELECT user_id FROM second_factors")).toHaveLength(1);
    });
  });

  describe("a token carries the authority of the session that granted it", () => {
    test("granted without the factor, its owner scopes count for nothing while it is required, and it is asked for more", async () => {
      ask("optional");
      const browser = browse();
      await signIn(browser, OWNER);
      const scopes = ["checkout:write", "owner:read", "owner:write"];
      const tokens = [
        await (await connect(browser, "mcp", scopes)).allow(),
        await (await connect(browser, "api", scopes)).allow(),
      ];
      const [mcp = "", api = ""] = tokens.map(({ accessToken }) => accessToken);
      expect(await tried(mcp, api)).toMatchObject({ write: "confirmation_mismatch", read: 200 });

      ask("required");
      const refused = await tried(mcp, api);
      expect(refused).toMatchObject({ write: "403", read: 404 });
      expect(refused.challenge).toContain("owner:write");
      const own = await world.fetch("/api/operations/absent", { headers: { Authorization: `Bearer ${api}` } });
      expect(own.status).toBe(404);

      ask("optional");
      expect(await tried(mcp, api)).toMatchObject({ write: "confirmation_mismatch", read: 200 });
    });

    test("turned off, the grants that carry owner scopes end in the same commit, with what was asked under them", async () => {
      const { browser, app } = await ownerWithFactor();
      const scopes = ["checkout:write", "owner:read", "owner:write"];
      const mcp = (await (await connect(browser, "mcp", scopes)).allow()).accessToken;
      const api = (await (await connect(browser, "api", ["owner:read"])).allow()).accessToken;
      const everyday = (await (await connect(browser, "api", ["checkout:write"])).allow()).accessToken;
      const call = await mcpDoor(world, reviewCommissionEvidence.name, mcp);
      const asked = await call({
        commissionLedgerId,
        actionKind: "hold_for_review",
        expectedUpdatedAt: await versionOf(),
        idempotencyKey: `asked-${crypto.randomUUID()}`,
      });
      expect(asked.body.approvalUrl).toBeDefined();
      const page = await browser.get(FACTOR_PATH);
      expect(await page.clone().text()).toContain("disconnects every app that may read or act as the owner");
      await browser.submit(page, FACTOR_PATH, { action: "stop", code: app.code() });
      const statusOf = async (token: string) =>
        (await world.fetch("/api/operations/absent", { headers: { Authorization: `Bearer ${token}` } })).status;
      expect([await statusOf(api), await statusOf(everyday)]).toEqual([401, 404]);
      const refused = await call({ commissionLedgerId, idempotencyKey: `after-${crypto.randomUUID()}` });
      expect(refused.code).toBe("unauthenticated");
      const [approval] = await world.all(
        "SELECT status, withdrawn_because FROM approvals ORDER BY created_at DESC LIMIT 1",
      );
      expect(approval).toEqual({ status: "withdrawn", withdrawn_because: "client_revoked" });
    });

    test("granted with it, they count under either setting", async () => {
      const { browser } = await ownerWithFactor();
      const scopes = ["checkout:write", "owner:read", "owner:write"];
      const mcp = (await (await connect(browser, "mcp", scopes)).allow()).accessToken;
      const api = (await (await connect(browser, "api", scopes)).allow()).accessToken;
      for (const setting of ["required", "optional"] as const) {
        ask(setting);
        expect(await tried(mcp, api)).toMatchObject({ write: "confirmation_mismatch", read: 200 });
      }
    });
  });

  describe("optional: the owner may go without", () => {
    test("one step opens the console; who has a factor is asked for it all the same", async () => {
      ask("optional");
      const browser = browse();
      const page = await browser.get("/sign-in?returnTo=%2Fowner");
      const answer = await browser.submit(page, "/sign-in", OWNER);
      expect(answer.headers.get("Location")).toBe(`${ORIGIN}/owner`);
      expect(await Promise.all(pages().map(async (path) => (await browser.get(path)).status))).not.toContain(303);
      await setUpFactor(world, browser);
      await expect(signIn(browse(), OWNER)).rejects.toThrow("One more step");
    });
  });

  test("a password that is set by mail opens nothing of the owner's without the factor", async () => {
    const { app } = await ownerWithFactor();
    const mails = openMailbox(world, { OWNER_SECOND_FACTOR: "required" });
    const browser = browse();
    const page = await browser.get("/forgot-password?returnTo=%2Fowner");
    await browser.submit(page, "/forgot-password", { email: OWNER.email });
    const link = linkIn(mails[0]);
    const path = link.split("?")[0] ?? "";
    const done = await browser.submit(await browser.get(link), path, { password: OWNER.password });
    const on = /href="(\/sign-in[^"]*)"/.exec(await done.text())?.[1] ?? "";
    expect(on).toBe("/sign-in?returnTo=%2Fowner");
    const step = await browser.submit(await browser.get(on), "/sign-in", OWNER);
    expect([step.status, (await browser.get("/owner")).status]).toEqual([200, 303]);
    const end = await browser.submit(step, "/sign-in/code", { code: app.code() });
    expect(end.headers.get("Location")).toBe(`${ORIGIN}/owner`);
    expect(
      await world.all("SELECT actor_kind FROM payment_audit_events WHERE event_kind = 'password_changed'"),
    ).toHaveLength(1);
  });

  /** The version of the ledger entry, read from the database. */
  async function versionOf(): Promise<string> {
    const [row] = await world.all<{ updated_at: number }>(
      "SELECT updated_at FROM affiliate_commission_ledger_entries WHERE id = ?",
      commissionLedgerId,
    );
    return new Date(row?.updated_at ?? 0).toISOString();
  }
});
