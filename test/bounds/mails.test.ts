import { beforeEach, expect, test } from "vitest";
import { mailboxOf } from "../../src/auth/asked-mails.ts";
import { BOUNDS, WIDE_NETWORK } from "../../src/base/bounds.ts";
import { linkIn, type Mailed, openMailbox } from "../auth/mailbox.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const DAY_MS = 86_400_000;

describeInWorld("bounds on mails", {}, (world) => {
  let mails: Mailed[];
  beforeEach(async () => {
    mails = openMailbox(world, countersOn(world.clock));
    await world.all("DELETE FROM bound_counts");
    await world.all("DELETE FROM verification");
  });

  let networks = 0;
  /** A browser in a network of its own, unless one is named. */
  const browse = (from = `198.51.100.${++networks % 250}`): Browser =>
    openBrowser((request) => {
      request.headers.set("CF-Connecting-IP", from);
      return world.send(request);
    }, ORIGIN);
  const forgotten = async (email: string, browser = browse()) =>
    browser.submit(await browser.get("/forgot-password"), "/forgot-password", { email });
  const join = async (email: string, browser = browse()) =>
    browser.submit(await browser.get("/sign-up"), "/sign-up", { email });
  const told = async (answer: Response, email: string) => [
    answer.status,
    [...answer.headers].filter(([name]) => name !== "set-cookie"),
    (await answer.text()).replaceAll(email, "…"),
  ];
  const untilMidnight = () => DAY_MS - (world.clock.now() % DAY_MS);

  test("one mailbox gets ten mails a day from any number of networks, and no answer tells when they are used up", async () => {
    const answers = [];
    for (let at = 0; at < 14; at++) answers.push(await told(await forgotten(BUYER.email), BUYER.email));
    answers.push(await told(await forgotten("unknown@example.com"), "unknown@example.com"));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.[0]).toBe(200);
    expect(mails.map(({ to }) => to)).toEqual(Array(BOUNDS.mailsToAnAddressADay.most).fill(BUYER.email));
    expect(JSON.stringify(await world.all("SELECT * FROM bound_counts"))).not.toContain("buyer");
    expect(await (await healthReader(world))()).toMatchObject({
      boundsMet: expect.arrayContaining([expect.objectContaining({ bound: "mailsToAnAddressADay" })]),
    });
    world.skew(untilMidnight() / 1000);
    await forgotten(BUYER.email);
    expect(mails).toHaveLength(BOUNDS.mailsToAnAddressADay.most + 1);
  });

  test("what strangers ask for keeps no person out: the last link of a day works until it ends, ten at once included", async () => {
    await Promise.all(Array.from({ length: 30 }, () => forgotten(BUYER.email)));
    expect(mails).toHaveLength(10);
    // A flood that stands before midnight: the shorter of the two ends does not count.
    world.skew(3600);
    const person = browse();
    const opened = await Promise.all(mails.map(async (mail) => (await person.get(linkIn(mail))).status));
    expect(opened.toSorted()).toEqual([200, ...Array(9).fill(404)]);
    world.skew(-3600);
  });

  test.each([
    ["the reminder of an account", 9, [BUYER.email]],
    ["sign-ups of +tags", 5, ["a", "b", "c", "d", "e"].map((tag) => BUYER.email.replace("@", `+${tag}@`))],
  ])("%s is never a mailbox's last mail of a day: a link to the account is", async (_name, links, others) => {
    for (let at = 0; at < links; at++) await forgotten(BUYER.email);
    for (const email of others) await join(email);
    world.skew(45 * 60);
    await forgotten(BUYER.email);
    expect(mails).toHaveLength(BOUNDS.mailsToAnAddressADay.most);
    expect((await browse().get(linkIn(mails.at(-1)))).status).toBe(200);
    expect(mails.at(-1)).toMatchObject({ to: BUYER.email, subject: "Set a new password" });
    world.skew(-45 * 60);
  });

  test("the last mail of a day says so", async () => {
    for (let at = 0; at < 10; at++) await forgotten(BUYER.email);
    expect(mails.map(({ text }) => text.includes("before midnight (UTC)"))).toEqual([...Array(9).fill(false), true]);
    const [first, last] = [linkIn(mails[0]), linkIn(mails[9])];
    world.skew(45 * 60);
    expect([(await browse().get(first)).status, (await browse().get(last)).status]).toEqual([404, 200]);
    world.skew(-45 * 60);
  });

  test("a browser that signed in before has a budget of its own, which its cookie alone gives", async () => {
    const own = browse();
    await signIn(own, BUYER);
    for (let at = 0; at < 12; at++) await forgotten(BUYER.email);
    mails.length = 0;
    await forgotten(BUYER.email, own);
    expect(mails.map(({ to }) => to)).toEqual([BUYER.email]);
    // The cookie names the account: a mark of another one, or one that was altered, is no mark.
    const known = [...own.cookies].find(([name]) => name.endsWith("commerce.known"));
    expect(known?.[0]).toBe("__Host-commerce.known");
    const [id = "", mark = ""] = known?.[1].split(".") ?? [];
    for (const value of [`${id}.${mark.slice(1)}A`, `${"A".repeat(22)}.${mark}`, `${id}.`]) {
      const forged = browse();
      forged.cookies.set("__Host-commerce.known", value);
      await forgotten(BUYER.email, forged);
    }
    expect(mails).toHaveLength(1);
  });

  test("addresses with a +tag share their mailbox's budget: sign-ups use half of it, and a reset still arrives", async () => {
    for (let at = 0; at < 8; at++) {
      expect((await join(BUYER.email.replace("@", `+${at}@`))).status).toBe(200);
    }
    expect(mails).toHaveLength(BOUNDS.signUpMailsToAnAddressADay.most);
    await forgotten(BUYER.email.toUpperCase());
    expect(mails.at(-1)).toMatchObject({ to: BUYER.email, subject: "Set a new password" });
    expect(["A+b+c@x.test", "+a@x.test", "a@x.test"].map(mailboxOf)).toEqual(["a@x.test", "+a@x.test", "a@x.test"]);
  });

  test("'You have an account already' comes once a day, and the page says the same each time", async () => {
    const answers = [];
    for (let at = 0; at < 3; at++) answers.push(await told(await join(BUYER.email), BUYER.email));
    answers.push(await told(await join("fresh@example.com"), "fresh@example.com"));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(mails.map(({ subject }) => subject)).toEqual(["You have an account already", "Make your account"]);
    expect(BOUNDS.accountRemindersADay.most).toBe(1);
  });

  test("one network asks for 200 mails a day, by /64 and /48, at the page and at the JSON door; others go on", async () => {
    const { most } = BOUNDS.mailsADay;
    const from = "2001:db8:9:1::7";
    expect((await forgotten("someone@example.com", browse(from))).status).toBe(200);
    // A minute's bound stands before the day's: the rest of the day is only counted here.
    await world.all("UPDATE bound_counts SET count = ? WHERE bound = 'mailsADay' AND count > 0", most - 1);
    expect((await join("last@example.com", browse("2001:db8:9:1:ffff::1"))).status).toBe(200);
    const refused = await forgotten("someone@example.com", browse("2001:db8:9:1::9"));
    const wait = Math.ceil(untilMidnight() / 1000);
    expect(refused.status).toBe(429);
    expect(Math.abs(Number(refused.headers.get("Retry-After")) - wait)).toBeLessThan(2);
    const json = await world.fetch("/api/auth/sign-up/email", {
      method: "POST",
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": from },
      body: JSON.stringify({ email: "x@example.com" }),
    });
    expect([json.status, Number(json.headers.get("Retry-After")) > 60]).toEqual([429, true]);
    // Another /64 of the same /48 goes on, until the /48 has had its own share.
    expect((await forgotten("a@example.com", browse("2001:db8:9:2::1"))).status).toBe(200);
    await world.all("UPDATE bound_counts SET count = ? WHERE bound = 'mailsADay'", most * WIDE_NETWORK);
    expect((await forgotten("a@example.com", browse("2001:db8:9:3::1"))).status).toBe(429);
    expect((await forgotten("a@example.com", browse("203.0.113.77"))).status).toBe(200);
    console.info(
      `mails: one network asks for ${most} a day (a /48 for ${most * WIDE_NETWORK}); one mailbox gets ${BOUNDS.mailsToAnAddressADay.most}`,
    );
  });

  test("a person's own account sends 30 a day, whatever strangers used up, and says when they are", async () => {
    await world.all("UPDATE user SET email_verified = 0 WHERE email = ?", BUYER.email);
    const own = browse();
    await signIn(own, BUYER);
    for (let at = 0; at < 10; at++) await forgotten(BUYER.email);
    mails.length = 0;
    const again = async () => own.submit(await own.get("/account"), "/account/verify-email", {});
    for (let at = 0; at < BOUNDS.mailsOfAnAccountADay.most; at++) expect((await again()).status).toBe(303);
    const refused = await again();
    expect([refused.status, Number(refused.headers.get("Retry-After")) > 0]).toEqual([429, true]);
    expect(mails).toHaveLength(BOUNDS.mailsOfAnAccountADay.most);
    expect((await browse().get(linkIn(mails.at(-1)))).status).toBe(200);
  });
});
