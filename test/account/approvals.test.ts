import { beforeAll, beforeEach, expect, test } from "vitest";
import { type Agent, ask, browserOf, decide, openAgent, readOffer, unconfirmed } from "../approvals/asking.ts";
import { type MailService, openMailService } from "../mails/outbox.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields } from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const HERE = "/account/approvals";
const FORGET = `${HERE}/forget`;
const MAIL = `${HERE}/mail`;

describeInWorld("the approvals of a person on their account page", {}, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let service: MailService;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
    await world.all("DELETE FROM approval_settings");
    await world.all("DELETE FROM approval_mail_settings");
    await world.all("UPDATE mail_outbox SET status = 'dropped' WHERE status = 'queued'");
    service = openMailService(world);
  });
  const page = async (path = HERE) => (await browser.get(path)).text();
  const audits = (kind: string) =>
    world.all<Record<string, string>>(
      "SELECT * FROM payment_audit_events WHERE event_kind = ? ORDER BY sequence",
      kind,
    );
  const exact = async (key: string) => {
    const { confirmationText } = await readOffer(world);
    return agent.call("start_checkout", await unconfirmed(world, key, { confirmationText }));
  };

  test("what waits: what, by which app, until when, with its link; else that nothing waits; on both pages", async () => {
    for (const path of [HERE, "/account"]) expect(await page(path)).toContain("Nothing waits for you.");
    const asked = await ask(world, agent, "waits-1");
    for (const path of [HERE, "/account"]) {
      const shown = await page(path);
      for (const words of [`href="${asked}"`, "Start checkout", "Asked by Test client", "You can decide until"]) {
        expect(shown).toContain(words);
      }
    }
    const other = await browserOf(world, OWNER);
    expect(await (await other.get(HERE)).text()).not.toContain(asked);
    await world.advance(601);
    expect(await page()).toContain("Nothing waits for you.");
    const out = await world.fetch(HERE);
    expect([out.status, out.headers.get("Location")]).toEqual([
      303,
      `${ORIGIN}/sign-in?returnTo=${encodeURIComponent(HERE)}`,
    ]);
  });

  test("a no is shown until it counts no more, and its person alone forgets it; then the exact text is enough again", async () => {
    const path = await ask(world, agent, "no-1");
    const done = await (await decide(browser, path, "decline")).text();
    expect(done).toContain("For 24 hours the same request needs your yes on a page of this site.");
    expect(done).toContain(`href="${HERE}"`);
    expect(await exact("no-2")).toMatchObject({ code: "approval_required" });
    // A second no to the same call is the same no.
    await decide(browser, await ask(world, agent, "no-3"), "decline");
    const shown = await page();
    expect(shown.match(new RegExp(`action="${FORGET}"`, "g"))).toHaveLength(1);
    expect(shown).toMatch(/Asked by Test client\. You said no on [\s\S]+it counts until/);
    const fields = hiddenFields(shown, FORGET);

    const before = await world.all("SELECT * FROM approvals");
    const stranger = await browserOf(world, OWNER);
    const own = hiddenFields(await (await stranger.get("/account")).text(), "/sign-out");
    expect((await stranger.post(FORGET, { ...own, approvalId: fields.approvalId ?? "" })).status).toBe(409);
    expect((await browser.post(FORGET, { approvalId: fields.approvalId ?? "" })).status).toBe(403);
    const bearer = {
      Authorization: `Bearer ${agent.token.accessToken}`,
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const byToken = await world.fetch(FORGET, {
      method: "POST",
      headers: { ...bearer, "Sec-Fetch-Site": "same-origin" },
      body: new URLSearchParams(fields as Record<string, string>).toString(),
    });
    expect(byToken.headers.get("Location")).toContain("/sign-in");
    expect(await world.all("SELECT * FROM approvals")).toEqual(before);
    expect(await audits("decline_forgotten")).toEqual([]);

    const forgotten = await browser.post(FORGET, fields as Record<string, string>);
    expect([forgotten.status, forgotten.headers.get("Location")]).toEqual([303, ORIGIN + HERE]);
    expect(await page()).not.toContain(FORGET);
    const [person] = await world.all<{ id: string }>("SELECT actor_id AS id FROM approvals LIMIT 1");
    const rows = await audits("decline_forgotten");
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({ actor_id: person?.id, actor_kind: "account_session", proof: "approval_page" });
    }
    expect((await browser.post(FORGET, fields as Record<string, string>)).status).toBe(409);
    expect(await audits("decline_forgotten")).toHaveLength(2);
    // The declined key stays declined, and says so; a new key is a new question.
    expect(await exact("no-1")).toMatchObject({ code: "ineligible_state" });
    expect(await exact("no-4")).toMatchObject({ replayed: false });
  });

  test("a no to a write of the owner's is forgotten in a sign-in that could approve it", async () => {
    await world.all(
      `INSERT INTO approvals (id, owner_user_id, operation_id, actor_id, idempotency_key, write_name, fingerprint, binding_sha256,
         subject_id, subject_updated_at, status, expires_at, decided_at, created_at, call_sha256)
       SELECT 'approval-owner', owner_user_id, 'operation-owner', owner_user_id, 'k', 'review_commission_evidence', 'f', 'b',
         's', 0, 'declined', ?1, ?1, ?1, 'c' FROM businesses`,
      world.clock.now(),
    );
    const owner = await browserOf(world, OWNER);
    world.skew(16 * 60);
    const fields = hiddenFields(await (await owner.get(HERE)).text(), FORGET) as Record<string, string>;
    const old = await owner.post(FORGET, fields);
    expect(old.headers.get("Location")).toContain("/sign-in?returnTo=");
    expect(await world.all("SELECT id FROM approvals WHERE forgotten_at IS NOT NULL")).toEqual([]);
    world.skew(-16 * 60);
    const fresh = await browserOf(world, OWNER);
    const again = hiddenFields(await (await fresh.get(HERE)).text(), FORGET) as Record<string, string>;
    expect((await fresh.post(FORGET, again)).headers.get("Location")).toBe(ORIGIN + HERE);
    expect(await world.all("SELECT id FROM approvals WHERE forgotten_at IS NOT NULL")).toHaveLength(1);
  });

  test("several questions of one moment are one mail, of another moment another one; it leads to the page of all", async () => {
    const first = await ask(world, agent, "mail-1");
    await ask(world, agent, "mail-2");
    await ask(world, agent, "mail-3");
    expect(service.mails).toHaveLength(1);
    expect(service.mails[0]?.text).toContain(`${ORIGIN}${first}`);
    expect(service.mails[0]?.text).toContain(`These mails are switched off here:\n${ORIGIN}${HERE}`);
    await world.scheduled();
    expect(service.mails).toHaveLength(1);
    // The one that was told of may be decided: its page leads to the others.
    expect(await (await decide(browser, first, "decline")).text()).toContain(`href="${HERE}"`);
    await world.advance(301);
    await world.scheduled();
    await world.scheduled();
    expect(service.mails).toHaveLength(2);
    const [, second] = service.mails;
    expect(second?.subject).toBe("Bumpgrade: requests wait for your approval");
    expect(second?.text).toContain(`decide here:\n\n${ORIGIN}${HERE}\n`);
    expect(second?.text).not.toMatch(/launch|\d\.\d\d|USD|Test client|approval-/i);
    expect(service.mails.map(({ to }) => to)).toEqual([BUYER.email, BUYER.email]);
  });

  test("right after the commit: no schedule, and no second mail about the same after a no", async () => {
    const path = await ask(world, agent, "mail-4");
    expect(service.mails).toHaveLength(1);
    await decide(browser, path, "decline");
    await ask(world, agent, "mail-5");
    await world.advance(301);
    await world.scheduled();
    expect(service.mails).toHaveLength(1);
  });

  test("a person switches the mails, once for each press, and the audit has it; the owner's own are switched alike", async () => {
    const press = async (by: typeof browser) => {
      const shown = await by.get(HERE);
      return by.submit(shown, MAIL, {});
    };
    const old = hiddenFields(await page(), MAIL) as Record<string, string>;
    expect((await press(browser)).status).toBe(303);
    expect(await page()).toContain("You are not mailed: look here for what waits.");
    // The same form again changes nothing; a choice that is none is refused.
    expect((await browser.post(MAIL, old)).status).toBe(303);
    expect((await browser.post(MAIL, { ...old, told: "maybe" })).status).toBe(400);
    await ask(world, agent, "mail-6");
    expect(service.mails).toEqual([]);
    const owner = await browserOf(world, OWNER);
    await press(owner);
    const theirs = await openAgent(world, { person: OWNER, scopes: ["checkout:write"] });
    await ask(world, theirs, "mail-7");
    expect(service.mails).toEqual([]);
    await press(owner);
    await ask(world, theirs, "mail-8");
    expect(service.mails).toMatchObject([{ to: OWNER.email }]);
    await press(browser);
    await world.advance(301);
    await ask(world, agent, "mail-9");
    expect(service.mails.at(-1)).toMatchObject({ to: BUYER.email });
    const switched = await audits("approval_mail_switched");
    expect(switched.map(({ subject_status, actor_kind }) => [actor_kind, subject_status])).toEqual([
      ["account_session", "off"],
      ["owner_session", "off"],
      ["owner_session", "on"],
      ["account_session", "on"],
    ]);
  });

  test("without mail, and without a confirmed address, the page says so", async () => {
    await world.all("UPDATE user SET email_verified = 0 WHERE email = ?", BUYER.email);
    expect(await page()).toContain("once your e-mail address is confirmed");
    await ask(world, agent, "mail-10");
    expect(service.mails).toEqual([]);
    await world.all("UPDATE user SET email_verified = 1 WHERE email = ?", BUYER.email);
    world.restart();
    expect(await page()).toContain("This site sends no mail: look here for what waits.");
  });
});
