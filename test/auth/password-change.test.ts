import { beforeEach, describe, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { setUpFactor, signInByCode } from "../support/second-factor.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { linkIn, openMailbox } from "./mailbox.ts";

const PATH = "/account/password";
describeInWorld("a password that is changed", { reset: true }, (world) => {
  beforeEach(async () => {
    await world.all("DELETE FROM bound_counts");
  });

  const browse = () => openBrowser(world.send, ORIGIN);
  const signedIn = async (person: { email: string; password: string }): Promise<Browser> => {
    const browser = browse();
    await signIn(browser, person);
    return browser;
  };
  const change = async (browser: Browser, present: string, password: string) =>
    browser.submit(await browser.get(PATH), PATH, { present, password });
  const audited = () =>
    world.all(
      "SELECT actor_kind, subject_id, summary, metadata_json FROM payment_audit_events WHERE event_kind = 'password_changed'",
    );

  describe("changing the password while signed in", () => {
    test("takes the present one, ends every other session, keeps this one under a new token, and is told by mail", async () => {
      const mails = openMailbox(world);
      const [here, there] = [await signedIn(BUYER), await signedIn(BUYER)];
      const token = await world.grant(BUYER, "api");
      const stolen = new Map(here.cookies);
      const guess = () => change(here, "not the password", "another password");
      const wrong = await unchanged(world, guess, ["bound_counts"]);
      expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining("not your password")]);
      expect((await change(here, BUYER.password, "short")).status).toBe(422);
      const done = await change(here, BUYER.password, "another password");
      expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/account?changed=1`]);
      expect(await (await here.get("/account?changed=1")).text()).toContain("Your password is changed");
      expect((await there.get("/account")).status).toBe(303);
      const thief = browse();
      for (const [name, value] of stolen) thief.cookies.set(name, value);
      expect((await thief.get("/account")).status).toBe(303);
      // What was connected stays connected, as the page says.
      const call = await world.fetch("/api/operations/absent", {
        headers: { Authorization: `Bearer ${token.accessToken}` },
      });
      expect(call.status).toBe(404);
      await expect(signIn(browse(), BUYER)).rejects.toThrow("422");
      expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[BUYER.email, "Your password was changed"]]);
      expect(linkIn(mails[0])).toBe("/");
      expect(await audited()).toEqual([]);
      expect((await change(here, "another password", BUYER.password)).status).toBe(303);
      world.restart();
    });

    test("of the owner is audited without anything private; the second factor stays as it was", async () => {
      const browser = await signedIn(OWNER);
      const app = await setUpFactor(world, browser);
      world.restart({ OWNER_SECOND_FACTOR: "required" });
      expect((await change(browser, OWNER.password, "the owner's other one")).status).toBe(303);
      expect((await browser.get("/owner")).status).toBe(200);
      const [business] = await world.all<{ owner_user_id: string }>("SELECT owner_user_id FROM businesses");
      expect(await audited()).toEqual([
        {
          actor_kind: "owner_session",
          subject_id: business?.owner_user_id,
          summary: "The owner changed their password.",
          metadata_json: "{}",
        },
      ]);
      const again = browse();
      const wish = { email: OWNER.email, password: "the owner's other one" };
      expect((await signInByCode(again, wish, app.code(), "/owner")).headers.get("Location")).toBe(`${ORIGIN}/owner`);
      expect((await change(again, "the owner's other one", OWNER.password)).status).toBe(303);
      await world.all("DELETE FROM second_factors");
      world.restart();
    });

    test("is for a signed-in person's own form, and guesses at the present one are counted like those at sign-in", async () => {
      expect((await browse().get(PATH)).headers.get("Location")).toBe(
        `${ORIGIN}/sign-in?returnTo=%2Faccount%2Fpassword`,
      );
      expect((await browse().post(PATH, { present: BUYER.password, password: "another password" })).status).toBe(303);
      const browser = await signedIn(BUYER);
      const page = await browser.get(PATH);
      expect((await browser.post(PATH, { present: BUYER.password, password: "another password" })).status).toBe(403);
      for (let at = 0; at < 20; at++) {
        expect(
          (await browser.submit(page.clone(), PATH, { present: `guess ${at}`, password: "another password" })).status,
        ).toBe(422);
      }
      const right = await browser.submit(page, PATH, { present: BUYER.password, password: "another password" });
      expect(right.status).toBe(429);
      await world.all("DELETE FROM bound_counts");
      await signIn(browse(), BUYER);
    });

    test("ends links to set it and sign-ins half done, of this person alone; a mailed link does the same", async () => {
      const mails = openMailbox(world);
      const browser = await signedIn(BUYER);
      const app = await setUpFactor(world, browser);
      const forgot = async (email: string) => {
        const asker = browse();
        await asker.submit(await asker.get("/forgot-password"), "/forgot-password", { email });
        return linkIn(mails.at(-1));
      };
      await world.all("UPDATE user SET email_verified = 1 WHERE email IN (?, ?)", OWNER.email, BUYER.email);
      const halfway = async (password: string) => {
        const thief = browse();
        return { thief, page: await thief.submit(await thief.get("/sign-in"), "/sign-in", { ...BUYER, password }) };
      };
      const over = async ({ thief, page }: Awaited<ReturnType<typeof halfway>>) => {
        const answer = await thief.submit(page, "/sign-in/code", { code: app.codes[0] ?? "" });
        return [answer.status, (await answer.text()).includes("took too long"), (await thief.get("/account")).status];
      };
      const [link, owners, begun] = [
        await forgot(BUYER.email),
        await forgot(OWNER.email),
        await halfway(BUYER.password),
      ];
      const opened = browse();
      const form = await opened.get(link);
      expect((await change(browser, BUYER.password, "another password")).status).toBe(303);
      expect([(await browse().get(link)).status, (await browse().get(owners)).status]).toEqual([404, 200]);
      expect((await opened.submit(form, link, { password: "a thief's password" })).status).toBe(404);
      expect(await over(begun)).toEqual([422, true, 303]);

      const [next, again] = [await forgot(BUYER.email), await halfway("another password")];
      const mine = browse();
      expect((await mine.submit(await mine.get(next), next, { password: BUYER.password })).status).toBe(200);
      expect(await over(again)).toEqual([422, true, 303]);
      await world.all("DELETE FROM second_factors");
      world.restart();
    });

    test("two at once: one is done, and its browser is the one that stays in", async () => {
      const browsers = await Promise.all([signedIn(BUYER), signedIn(BUYER)]);
      const pages = await Promise.all(browsers.map((browser) => browser.get(PATH)));
      const answers = await Promise.all(
        browsers.map((browser, at) =>
          browser.submit(pages[at] as Response, PATH, { present: BUYER.password, password: `password of ${at}` }),
        ),
      );
      const won = answers.findIndex(({ headers }) => headers.get("Location")?.endsWith("changed=1"));
      const statuses = await Promise.all(browsers.map(async (browser) => (await browser.get("/account")).status));
      expect(statuses.toSorted()).toEqual([200, 303]);
      expect(statuses[won]).toBe(200);
      await signIn(browse(), { ...BUYER, password: `password of ${won}` });
    });
  });

  describe("a session", () => {
    test("begins under a new token with each sign-in, and the one that the browser came with is over", async () => {
      const browser = await signedIn(OWNER);
      const before = new Map(browser.cookies);
      const page = await browser.get("/sign-in?again=1");
      await browser.submit(page, "/sign-in", OWNER);
      const planted = browse();
      for (const [name, value] of before) planted.cookies.set(name, value);
      expect((await planted.get("/account")).status).toBe(303);
      expect((await browser.get("/account")).status).toBe(200);
    });
  });
});
