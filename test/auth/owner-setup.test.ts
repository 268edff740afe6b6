import { beforeAll, describe, expect, test } from "vitest";
import { newToken } from "../../src/auth/one-time-tokens.ts";
import { verification } from "../../src/db/schema/people.ts";
import { runStatements } from "../../src/dev/seeds/load.ts";
import { insertMissing } from "../../src/dev/seeds/statement.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { openMailbox } from "./mailbox.ts";

describeInWorld("the owner's account", { reset: true }, (world) => {
  let ownerUserId: string;
  beforeAll(async () => {
    const [business] = await world.all<{ owner_user_id: string }>("SELECT owner_user_id FROM businesses");
    ownerUserId = business?.owner_user_id ?? "";
  });

  /** What `npm run owner:invite` writes, and the path that it prints. */
  async function invited(subject = ownerUserId): Promise<string> {
    const { token, row } = newToken("owner-setup", subject, world.clock.now());
    await runStatements(world.db, [insertMissing(verification, row)]);
    expect(JSON.stringify(await world.all("SELECT * FROM verification"))).not.toContain(token);
    return `/owner-setup/${token}`;
  }
  const browse = () => openBrowser(world.send, ORIGIN);
  const olga = { name: "Olga Owner", email: "olga@example.com", password: "olga's password" };

  describe("becoming the owner", () => {
    test("on a fresh deployment: the placeholder gets a name, an address and a password, and signs in", async () => {
      await world.db.prepare("DELETE FROM account WHERE user_id = ?").bind(ownerUserId).run();
      const mails = openMailbox(world);
      const path = await invited();
      const browser = browse();
      const page = await unchanged(world, () => browser.get(path));
      expect(page.status).toBe(200);
      expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
      const wrong = await browser.submit(page, path, { name: "", email: "olga", password: "short" });
      const html = await wrong.clone().text();
      expect(wrong.status).toBe(422);
      for (const field of ["name", "email", "password"]) expect(html).toContain(`id="${field}-error"`);
      const taken = await browser.submit(wrong, path, { ...olga, email: BUYER.email });
      expect([taken.status, await taken.clone().text()]).toEqual([422, expect.stringContaining("Another account")]);
      const done = await browser.submit(taken, path, olga);
      expect([done.status, done.headers.get("Location")]).toEqual([
        303,
        `${ORIGIN}/account/second-factor?returnTo=%2Fowner`,
      ]);
      // The link's person is signed in, and can set up the second factor at once.
      expect((await browser.get("/account/second-factor?returnTo=%2Fowner")).status).toBe(200);
      expect((await browser.get("/owner")).status).toBe(200);
      expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[olga.email, "Confirm your e-mail address"]]);
      expect(await world.all("SELECT name, email, email_verified FROM user WHERE id = ?", ownerUserId)).toEqual([
        { name: olga.name, email: olga.email, email_verified: 0 },
      ]);
      expect(
        await world.all(
          "SELECT actor_kind, actor_id, subject_id FROM payment_audit_events WHERE event_kind = 'owner_account_set_up'",
        ),
      ).toEqual([{ actor_kind: "owner_session", actor_id: ownerUserId, subject_id: ownerUserId }]);
      expect((await browser.get(path)).status).toBe(404);
      world.restart();
    });

    test("an owner who lost everything signs in again, and earlier sessions of the owner end", async () => {
      const intruder = browse();
      await signIn(intruder, olga);
      const token = await world.token(olga, "api", ["owner:read"]);
      const path = await invited();
      const browser = browse();
      await browser.submit(await browser.get(path), path, { ...OWNER, name: "Olga" });
      expect((await intruder.get("/owner")).status).toBe(303);
      const answer = await world.fetch("/api/operations/absent", { headers: { Authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
      await expect(signIn(browse(), olga)).rejects.toThrow("422");
      await signIn(browse(), OWNER);
    });

    test("one of 20 at once, and none late, made up, made for another, or sent from another site", async () => {
      const path = await invited();
      const pages = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const browser = browse();
          return { browser, page: await browser.get(path), person: { ...OWNER, name: `Olga ${at}` } };
        }),
      );
      const answers = await Promise.all(
        pages.map(async ({ browser, page, person }) => (await browser.submit(page, path, person)).status),
      );
      expect(answers.toSorted()).toEqual([303, ...Array<number>(19).fill(404)]);

      const [buyer] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", BUYER.email);
      const others = await invited(buyer?.id);
      const good = await invited();
      const browser = browse();
      const page = await browser.get(good);
      await unchanged(world, async () => {
        for (const bad of [
          others,
          `/owner-setup/${"0".repeat(48)}`,
          `${good.slice(0, -1)}x`,
          "/owner-setup/",
          "/owner-setup/x",
        ]) {
          expect((await browser.get(bad)).status, bad).toBe(404);
          expect([403, 404]).toContain((await browser.post(bad, olga)).status);
        }
        expect((await browser.post(good, olga)).status).toBe(403);
        expect((await browser.post(good, olga, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
        world.skew(24 * 3600 + 1);
        expect((await browser.submit(page, good, olga)).status).toBe(404);
      });
    });
  });
});
