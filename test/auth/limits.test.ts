import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { grantIdOf, limitedApp, storedLimits } from "../support/limits.ts";
import {
  authorizeUrl,
  codeIn,
  discover,
  hiddenFields,
  obtainToken,
  openBrowser,
  redeemCode,
  registerClient,
  signIn,
} from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const CALLBACK = "http://localhost:6543/callback";
const resource = `${ORIGIN}/mcp`;

describeInWorld("limits that a person sets", { reset: true }, (world) => {
  let browser: ReturnType<typeof openBrowser>;
  let metadata: Awaited<ReturnType<typeof discover>>;
  let clientId: string;
  const freshBrowser = async (person = BUYER) => {
    const opened = openBrowser(world.send, ORIGIN);
    await signIn(opened, person);
    return opened;
  };
  beforeAll(async () => {
    browser = await freshBrowser();
    metadata = await discover(world.send, resource);
    clientId = await registerClient(world.send, metadata, { redirectUri: CALLBACK, clientName: "Shopper" });
  });

  const ask = (scopes = ["checkout:write"]) =>
    authorizeUrl(metadata, { clientId, redirectUri: CALLBACK, scopes, resource });
  const typedIn = (html: string, name: string) =>
    /value="([^"]*)"/.exec(new RegExp(`<input[^>]*id="${name}"[^>]*>`).exec(html)?.[0] ?? "")?.[1];
  const errorOf = (html: string, name: string) => new RegExp(`<p id="${name}-error"[^>]*>([^<]*)<`).exec(html)?.[1];
  const grants = async () => (await world.all("SELECT id FROM oauth_grants")).length;
  const allow = { decision: "allow", scope: ["checkout:write"] };
  const now = () => world.clock.now();

  test("the fields are there only where checkouts are offered, folded, in the one currency of the catalog", async () => {
    const html = await (await browser.get((await ask()).url)).text();
    expect(html).toContain("<summary>Limits, if you want any</summary>");
    expect(html).toContain("Most of one checkout, in USD");
    expect(html).not.toContain("<details open");
    expect(html).not.toContain("<select");
    const other = await (await browser.get((await ask(["affiliates:write"])).url)).text();
    expect(other).not.toContain("Limits, if you want any");
  });

  test("nothing typed is no limit; what is typed stands with the grant, also for the owner", async () => {
    const free = await limitedApp(world, {}, { clientName: "Free" });
    expect(await storedLimits(world, free.grantId)).toBeUndefined();
    for (const person of [BUYER, OWNER]) {
      const app = await limitedApp(
        world,
        { mostAmount: "$1,250.50", mostADay: " 3 ", until: "2032-01-31" },
        { person, clientName: "Typed" },
      );
      expect(await storedLimits(world, app.grantId)).toMatchObject({
        most_cents: 125_050,
        currency: "usd",
        most_a_day: 3,
        ends_at: Date.parse("2032-02-01T00:00:00.000Z"),
      });
    }
    // An app that is not given checkouts has no limits: their fields are not for it.
    const scopes = ["affiliates:write"];
    const typed = { mostADay: "nonsense" };
    const token = await obtainToken({ fetch: world.send, origin: ORIGIN, as: BUYER, resource, scopes, typed });
    expect(await storedLimits(world, grantIdOf(token))).toBeUndefined();
  });

  test.each([
    [{ mostAmount: "twenty" }, "mostAmount", "Write an amount in USD, for example 50.00."],
    [{ mostAmount: "20 EUR" }, "mostAmount", "Write an amount in USD, for example 50.00."],
    [{ mostAmount: "-5" }, "mostAmount", "Write an amount in USD, for example 50.00."],
    [{ mostAmount: "9".repeat(60) }, "mostAmount", "Write an amount in USD, for example 50.00."],
    [{ mostADay: "101" }, "mostADay", "Write a whole number from 0 to 100."],
    [{ mostADay: "1.5" }, "mostADay", "Write a whole number from 0 to 100."],
    [{ until: "31.12.2026" }, "until", /^Write a day from 2031-\d\d-\d\d on, in this form\.$/],
    [{ until: "2032-02-30" }, "until", /^Write a day from/],
    [{ until: "2020-01-01" }, "until", /^Write a day from/],
  ])(
    "%o is refused at %s, the form keeps all that was typed, and the second answer connects the app",
    async (typed, field, rule) => {
      const attempt = await ask(["checkout:write", "affiliates:write"]);
      const before = await grants();
      const rest = { mostAmount: "12", mostADay: "7", until: "2032-03-04", ...typed };
      const refused = await browser.submit(await browser.get(attempt.url), "/authorize", { ...allow, ...rest });
      expect(refused.status).toBe(422);
      const html = await refused.clone().text();
      expect(errorOf(html, field)).toMatch(rule);
      expect(html.match(/class="error"/g)).toHaveLength(1);
      expect(html).toContain("<details open");
      for (const [name, value] of Object.entries(rest)) expect(typedIn(html, name)).toBe(value.slice(0, 41));
      expect(html).toMatch(/<input[^>]*id="checkout:write"[^>]*checked/);
      expect(html).not.toMatch(/<input[^>]*id="affiliates:write"[^>]*checked/);
      expect(await grants()).toBe(before);

      const good = { mostAmount: "12", mostADay: "7", until: "2032-03-04" };
      const { code, iss } = codeIn(await browser.submit(refused, "/authorize", { ...allow, ...good }), attempt.state);
      const redemption = { code, iss, clientId, redirectUri: CALLBACK, verifier: attempt.verifier, resource };
      const token = await redeemCode(world.send, metadata, redemption);
      expect(await storedLimits(world, grantIdOf(token))).toMatchObject({ most_cents: 1200, most_a_day: 7 });
    },
  );

  test("the sealed address of the page is this session's own, and no other is shown", async () => {
    const page = await (await browser.get((await ask()).url)).text();
    const fields = { ...hiddenFields(page, "/authorize"), ...allow, mostADay: "no" };
    for (const again of ["", "/authorize?client_id=x", `${hiddenFields(page, "/authorize").again}x`]) {
      expect((await browser.post("/authorize", { ...fields, again })).status).toBe(403);
    }
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const theirs = hiddenFields(await (await owner.get((await ask()).url)).text(), "/authorize");
    expect((await browser.post("/authorize", { ...fields, again: theirs.again ?? "" })).status).toBe(403);
    expect((await browser.post("/authorize", fields)).status).toBe(422);
  });

  test("an app that connects again is offered the limits of before, by id or by name; a past end is left out", async () => {
    await limitedApp(world, { mostAmount: "15", mostADay: "4", until: "2031-04-05" }, { clientName: "Again" });
    const id = await registerClient(world.send, metadata, { redirectUri: CALLBACK, clientName: "Again" });
    const open = async () => {
      const wish = { clientId: id, redirectUri: CALLBACK, scopes: ["checkout:write"], resource };
      return (await browser.get((await authorizeUrl(metadata, wish)).url)).text();
    };
    const html = await open();
    expect(["mostAmount", "mostADay", "until"].map((name) => typedIn(html, name))).toEqual([
      "15.00",
      "4",
      "2031-04-05",
    ]);
    expect(html).toContain("You set these limits for this app before.");
    await world.all("UPDATE grant_limits SET ends_at = ? WHERE ends_at IS NOT NULL", now());
    expect(typedIn(await open(), "until")).toBe("");
    // The limits of another person are not proposed.
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const wish = { clientId: id, redirectUri: CALLBACK, scopes: ["checkout:write"], resource };
    const theirs = await (await owner.get((await authorizeUrl(metadata, wish)).url)).text();
    expect(typedIn(theirs, "mostADay")).toBe("");
    // The last choice counts, also where it was no limit.
    await limitedApp(world, {}, { clientName: "Again" });
    expect(typedIn(await open(), "mostADay")).toBe("");
  });

  test("on the account page: shown, changed after a fresh sign-in, audited without amounts, removed", async () => {
    const app = await limitedApp(world, { mostAmount: "20", mostADay: "2" }, { clientName: "Changed" });
    const path = `/account/limits?app=${app.grantId}`;
    const account = await (await browser.get("/account")).text();
    expect(account).toContain("One checkout: at most $20.00 USD before added tax");
    expect(account).toContain("Checkouts in 24 hours: 2, of which 2 are left");
    expect(account).toContain(`href="${path}"`);

    await world.all("UPDATE session SET created_at = created_at - 901000");
    const old = await browser.get(path);
    expect([old.status, old.headers.get("Location")]).toEqual([303, expect.stringContaining("/sign-in?returnTo=")]);
    expect((await browser.post(path, { action: "remove" })).status).toBe(303);
    browser = await freshBrowser();
    const page = await browser.get(path);
    const stale = await page.clone().text();
    expect(typedIn(stale, "mostAmount")).toBe("20.00");
    const bad = await browser.submit(page, path, { action: "save", mostAmount: "x", mostADay: "3" });
    expect([bad.status, typedIn(await bad.clone().text(), "mostADay")]).toEqual([422, "3"]);
    const save = { action: "save", mostAmount: "30", mostADay: "3", until: "2032-01-01" };
    expect((await browser.submit(bad, path, save)).status).toBe(303);
    expect(await storedLimits(world, app.grantId)).toMatchObject({ most_cents: 3000, most_a_day: 3 });

    // The form of before the change, and a second press of a form, change nothing.
    const refused = await browser.post(path, { ...hiddenFields(stale, path), action: "remove" });
    expect([refused.status, typedIn(await refused.text(), "mostAmount")]).toEqual([409, "30.00"]);
    expect(await storedLimits(world, app.grantId)).toMatchObject({ most_cents: 3000 });
    const forged = { ...hiddenFields(await (await browser.get(path)).text(), path), formToken: "x" };
    expect((await browser.post(path, { ...forged, action: "remove" })).status).toBe(403);

    expect((await browser.submit(await browser.get(path), path, { action: "remove" })).status).toBe(303);
    expect(await storedLimits(world, app.grantId)).toBeUndefined();
    expect(await app.limits()).toMatchObject({ mostOfOneCheckout: null, checkoutsIn24Hours: null });
    const audit = await world.all(
      "SELECT event_kind, subject_status, actor_kind, actor_id, metadata_json, summary FROM payment_audit_events WHERE subject_id = ? ORDER BY sequence",
      app.grantId,
    );
    const [buyer] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", BUYER.email);
    const by = { actor_kind: "account_session", actor_id: buyer?.id, metadata_json: "{}" };
    const summary = "A person changed the limits of a connected app.";
    expect(audit).toEqual([
      { event_kind: "grant_limits_changed", subject_status: "limited", ...by, summary },
      { event_kind: "grant_limits_changed", subject_status: "unlimited", ...by, summary },
    ]);
  });

  test("of two browsers that change the same limits at once, one is told that they changed", async () => {
    const app = await limitedApp(world, { mostADay: "5" }, { clientName: "Twice" });
    browser = await freshBrowser();
    const path = `/account/limits?app=${app.grantId}`;
    const fields = hiddenFields(await (await browser.get(path)).text(), path);
    const answers = await Promise.all(
      ["1", "2", "3", "4"].map((mostADay) => browser.post(path, { ...fields, action: "save", mostADay })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409, 409]);
  });

  test("another person's app, an ended one and one without checkouts have no such page", async () => {
    browser = await freshBrowser();
    const theirs = await limitedApp(world, { mostADay: "5" }, { person: OWNER });
    const ended = await limitedApp(world, { mostADay: "5" });
    const path = `/account/limits?app=${ended.grantId}`;
    const fields = hiddenFields(await (await browser.get(path)).text(), path);
    await browser.submit(await browser.get("/account"), "/account/clients/revoke", { grantId: ended.grantId });
    expect((await browser.post(path, { ...fields, action: "remove" })).status).toBe(404);
    const scopes = ["affiliates:write"];
    const other = await obtainToken({ fetch: world.send, origin: ORIGIN, as: BUYER, resource, scopes });
    for (const grantId of [theirs.grantId, ended.grantId, grantIdOf(other), "", "'"]) {
      const answer = await browser.get(`/account/limits?app=${encodeURIComponent(grantId)}`);
      expect(answer.status).toBe(404);
    }
    expect(await storedLimits(world, theirs.grantId)).toMatchObject({ most_a_day: 5 });
  });

  test("the owner's list of apps tells of the owner's own limits only; a person's data has theirs", async () => {
    await world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE revoked_at IS NULL");
    await limitedApp(world, { mostAmount: "77" }, { clientName: "Of a buyer" });
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    expect(await (await owner.get("/owner/clients")).text()).not.toContain("within your limits");
    await limitedApp(world, { mostAmount: "78" }, { person: OWNER, clientName: "Of the owner" });
    const html = await (await owner.get("/owner/clients")).text();
    expect(html.match(/within your limits/g)).toHaveLength(1);
    expect(html).not.toMatch(/7[78]\.00/);
    browser = await freshBrowser();
    const data = await (await browser.get("/account/data")).json<{ connectedApps: { limits: unknown }[] }>();
    expect(data.connectedApps.map(({ limits }) => limits)).toEqual([
      { mostCents: 7700, currency: "usd", checkoutsIn24Hours: null, actsAloneUntil: null },
    ]);
  });

  test("whatever is typed, the answer is a form that says why, or limits that hold what was typed", async () => {
    browser = await freshBrowser();
    const app = await limitedApp(world, { mostADay: "1" }, { clientName: "Fuzzed" });
    const path = `/account/limits?app=${app.grantId}`;
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.stringMatching(/^[$ ]?\d{0,6}[.,]?\d{0,4}( USD)?$/),
      fc.constantFrom("", "0", "1e3", "0x10", "٣", "１２", "NaN", "<b>", "2032-01-01", "2032-13-01", "9999-12-31"),
    );
    const fields = fc.record({
      mostAmount: fc.oneof({ arbitrary: fc.constantFrom("", "12", "$ 1,000.5", "0.01"), weight: 3 }, text),
      mostADay: fc.oneof({ arbitrary: fc.nat(101).map(String), weight: 3 }, text),
      until: fc.oneof({ arbitrary: fc.constantFrom("", "2032-02-29", "2040-12-31"), weight: 3 }, text),
    });
    const seen = { saved: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fields, async (typed) => {
        const answer = await browser.submit(await browser.get(path), path, { action: "save", ...typed });
        const row = await storedLimits(world, app.grantId);
        if (answer.status === 303) {
          seen.saved++;
          for (const [column, value] of Object.entries({
            most_cents: typed.mostAmount,
            most_a_day: typed.mostADay,
            ends_at: typed.until,
          })) {
            expect(row?.[column] ?? null).toEqual(value.trim() === "" ? null : expect.any(Number));
          }
          expect(Number(row?.most_a_day ?? 0)).toBeLessThanOrEqual(100);
          expect(Number(row?.ends_at ?? now() + 1)).toBeGreaterThan(now());
        } else {
          seen.refused++;
          expect(answer.status).toBe(422);
          const html = await answer.text();
          expect(html).toContain('class="error"');
          expect(html).not.toContain("<b>");
        }
      }),
      { numRuns: 60 },
    );
    expect(Math.min(seen.saved, seen.refused)).toBeGreaterThan(0);
  });
});
