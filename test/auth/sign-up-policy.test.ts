import { beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { linkIn, openMailbox } from "./mailbox.ts";

const PEOPLE = "/owner/people";
describeInWorld("the policy of sign-up", { reset: true }, (world) => {
  let owner: Browser;
  beforeEach(async () => {
    owner = browse();
    await signIn(owner, OWNER);
    await setPolicy("by_invitation");
  });

  const browse = () => openBrowser(world.send, ORIGIN);
  const formToken = async () =>
    /name="formToken" value="([^"]+)"/.exec(await (await owner.get(PEOPLE)).text())?.[1] ?? "";
  const submit = async (fields: Record<string, string>) =>
    owner.post(PEOPLE, { formToken: await formToken(), ...fields });
  const setPolicy = (policy: string) => submit({ action: "policy", policy });
  const audit = (kind: string) => world.all("SELECT * FROM payment_audit_events WHERE event_kind = ?", kind);

  /** Invites, and answers the path of the link that the owner is shown. */
  async function invite(email: string): Promise<string> {
    const sent = await submit({ action: "invite", email });
    const location = sent.headers.get("Location") ?? "";
    const html = await (await owner.get(location)).text();
    const token = /invitation=([0-9a-f]{48})/.exec(html)?.[1];
    expect(token, html).toBeDefined();
    expect(location).not.toContain(token);
    return `/sign-up?invitation=${token}`;
  }
  async function tryToSignUp(path: string, email: string): Promise<Response> {
    const browser = browse();
    const page = await browser.get(path);
    if (page.status !== 200) return page;
    return browser.submit(page, "/sign-up", { name: "Ina Invited", email, password: "ina's password" });
  }

  const known = async (email: string) => (await world.all("SELECT id FROM user WHERE email = ?", email)).length;

  /** The owner closes sign-up just before one round trip after the other of an answer, until the account is made by then. */
  async function closedBeforeEachTrip(email: string, prepare: () => Promise<() => Promise<Response>>): Promise<number> {
    for (let trip = 1; ; trip++) {
      const submit = await prepare();
      let made: boolean | undefined;
      world.database.reset();
      world.database.interrupt(trip, async () => {
        made = (await known(email)) > 0;
        await world.all("UPDATE sign_up_settings SET policy = 'by_invitation'");
      });
      const answer = await submit();
      world.database.reset();
      await world.all("DELETE FROM bound_counts");
      // The answer is complete without a further round trip, or the account was there before this one.
      if (made !== false) return trip;
      expect([trip, answer.status, await known(email)]).toEqual([trip, 403, 0]);
    }
  }

  describe("who can make an account", () => {
    test("sign-up is open until the owner closes it; existing accounts stay", async () => {
      await setPolicy("open");
      await signUp(browse(), { name: "Ola Open", email: "ola@example.com", password: "ola's password" });
      await setPolicy("by_invitation");
      expect((await tryToSignUp("/sign-up", "uli@example.com")).status).toBe(403);
      const script = await world.fetch("/api/auth/sign-up/email", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: "Uli", email: "uli@example.com", password: "uli's password" }),
      });
      expect([script.status, ((await script.json()) as { code: string }).code]).toEqual([403, "BY_INVITATION"]);
      expect(await world.all("SELECT * FROM user WHERE email = 'uli@example.com'")).toEqual([]);
      await signIn(browse(), { email: "ola@example.com", password: "ola's password" });
      expect((await audit("sign_up_policy_changed")).length).toBeGreaterThan(1);
    });

    test("an invited person, at the address of the invitation, once, within a week", async () => {
      const link = await invite("Ina@Example.com");
      expect((await tryToSignUp(link, "other@example.com")).status).toBe(403);
      expect((await tryToSignUp(link, "ina@example.com")).status).toBe(303);
      expect((await browse().get(link)).status).toBe(403);
      const late = await invite("late@example.com");
      world.skew(7 * 24 * 3600 + 1);
      expect((await browse().get(late)).status).toBe(403);
      expect(await audit("person_invited")).toHaveLength(2);
      expect(JSON.stringify(await audit("person_invited"))).not.toContain("@example.com");
    });

    test("a link that was mailed on asking is good for nothing from then on, at the form, at its answer and in its commit", async () => {
      const mails = openMailbox(world);
      const linkFor = async (email: string) => {
        await setPolicy("open");
        const asker = browse();
        await asker.submit(await asker.get("/sign-up"), "/sign-up", { email });
        return linkIn(mails.at(-1));
      };
      const link = await linkFor("moe@example.com");
      const before = browse();
      const form = await before.get(link);
      expect(form.status).toBe(200);
      await setPolicy("by_invitation");
      expect((await browse().get(link)).status).toBe(403);
      const fields = { name: "Moe Mailed", password: "moe's password" };
      expect((await before.submit(form.clone(), "/sign-up", fields)).status).toBe(403);
      expect(await known("moe@example.com")).toBe(0);

      const { email, ...rest } = { email: "moe@example.com", ...fields };
      const trips = await closedBeforeEachTrip(email, async () => {
        await linkFor(email);
        return () => before.submit(form.clone(), "/sign-up", rest);
      });
      expect(trips).toBeGreaterThan(3);
      world.restart();
    });

    test("where no mail is sent, who asked just before makes none either", async () => {
      await setPolicy("open");
      const browser = browse();
      const form = await browser.get("/sign-up");
      const wish = { name: "Joe", email: "joe@example.com", password: "joe's password" };
      const trips = await closedBeforeEachTrip(wish.email, async () => {
        await setPolicy("open");
        return () => browser.submit(form.clone(), "/sign-up", wish);
      });
      expect(trips).toBeGreaterThan(2);
    });

    test("an invitation and its audit row, which names it and nothing private, are one commit", async () => {
      const before = await audit("person_invited");
      await invite("una@example.com");
      const [row] = (await audit("person_invited")).slice(before.length) as { subject_id: string }[];
      expect(await world.all("SELECT value FROM verification WHERE id = ?", row?.subject_id)).toEqual([
        { value: "una@example.com" },
      ]);
      const form = { formToken: await formToken(), action: "invite", email: "ulla@example.com" };
      const count = async () =>
        world.all(
          "SELECT (SELECT count(*) FROM verification) AS links, (SELECT count(*) FROM payment_audit_events) AS rows_",
        );
      const kept = JSON.stringify(await count());
      world.database.reset();
      await owner.post(PEOPLE, form);
      const trips = world.database.trips();
      expect(JSON.stringify(await count())).not.toBe(kept);
      for (let trip = 1; trip <= trips; trip++) {
        const [was] = (await count()) as { links: number; rows_: number }[];
        world.database.reset();
        world.database.lose({ [trip]: "before" });
        await owner.post(PEOPLE, { ...form, email: `ulla${trip}@example.com` }).catch(() => undefined);
        world.database.reset();
        const [is] = (await count()) as { links: number; rows_: number }[];
        expect([trip, (is?.links ?? 0) - (was?.links ?? 0)]).toEqual([trip, (is?.rows_ ?? 0) - (was?.rows_ ?? 0)]);
      }
    });

    test("the newest invitation of an address counts; it is mailed where mail is sent", async () => {
      const mails = openMailbox(world);
      const first = await invite("mia@example.com");
      const second = await invite("mia@example.com");
      expect(mails.map(linkIn)).toEqual([first, second]);
      expect((await browse().get(first)).status).toBe(403);
      expect((await tryToSignUp(second, "mia@example.com")).status).toBe(303);
      world.restart();
    });

    test("the owner alone decides, on a fresh page of ours, among the choices", async () => {
      const buyer = browse();
      await signIn(buyer, BUYER);
      expect((await buyer.get(PEOPLE)).status).toBe(404);
      expect((await owner.post(PEOPLE, { action: "policy", policy: "open" })).status).toBe(403);
      expect((await setPolicy("closed")).status).toBe(400);
      expect((await submit({ action: "invite", email: "no address" })).status).toBe(400);
      const wish = { formToken: await formToken(), action: "policy", policy: "open" };
      expect((await owner.post(PEOPLE, wish, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      world.skew(16 * 60);
      expect((await owner.post(PEOPLE, wish)).headers.get("Location")).toContain("again=1");
      expect((await browse().get("/sign-up")).status).toBe(403);
      const list = await (await owner.get(PEOPLE)).text();
      expect(list).toContain(BUYER.email);
      expect(list).toContain("Now: Only people with an invitation.");
    });
  });
});
