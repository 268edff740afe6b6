import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";
import { type Mailed, openMailbox } from "./mailbox.ts";

const CANARY = "c4n4ry-of-a-stranger";

describeInWorld("a stranger's text", {}, (world) => {
  /** Each request of a mail by a stranger who puts their text wherever a form or a header has room. */
  async function ask(): Promise<void> {
    await world.all("DELETE FROM bound_counts");
    for (const page of ["/sign-up", "/forgot-password", "/sign-in/link", "/sign-in"]) {
      for (const email of [BUYER.email, "fresh@example.com", `${CANARY} no address`]) {
        const browser = openBrowser((request) => {
          for (const name of ["User-Agent", "Referer", "X-Forwarded-Host", "X-Forwarded-For"]) {
            request.headers.set(name, `https://${CANARY}.example/`);
          }
          return world.send(request);
        }, ORIGIN);
        const form = await browser.get(`${page}?returnTo=/${CANARY}&name=${CANARY}&invited=${CANARY}`);
        const wish = { email, name: CANARY, password: CANARY, returnTo: `/${CANARY}`, subject: CANARY };
        expect((await browser.submit(form, page, wish)).status).toBeLessThan(500);
      }
    }
  }

  test("is in no mail, beside the address that the mail goes to, and in no log line", async () => {
    await world.all("UPDATE user SET email_verified = 1");
    const mails: Mailed[] = openMailbox(world);
    await ask();
    expect(mails.map(({ subject }) => subject).toSorted()).toEqual([
      "Make your account",
      "Set a new password",
      "Sign in",
      "You have an account already",
    ]);
    expect(JSON.stringify(mails)).not.toContain(CANARY);
    expect(JSON.stringify(world.log)).not.toContain(CANARY);
  });

  test("is in no log line where the mail is not taken for it", async () => {
    world.restart({
      MAIL_FROM: "shop@example.com",
      MAIL: { send: () => Promise.reject(new Error(`${CANARY} was refused`)) },
    });
    world.log.length = 0;
    await ask();
    expect(world.log.filter(({ event, name }) => event === "auth" && name === "mail").length).toBeGreaterThan(3);
    expect(JSON.stringify(world.log)).not.toContain(CANARY);
  });
});
