import { beforeEach, expect, test } from "vitest";
import { BOUNDS, WIDE_NETWORK } from "../../src/base/bounds.ts";
import { linkIn, type Mailed, openMailbox } from "../auth/mailbox.ts";
import { countersOn } from "../support/counters.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { setUpFactor } from "../support/second-factor.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const UNKNOWN = { email: "unknown@example.com", password: "some password" };
const { most } = BOUNDS.guessesAnHour;

describeInWorld("bounds on guesses", {}, (world) => {
  let mails: Mailed[];
  beforeEach(async () => {
    mails = openMailbox(world, countersOn(world.clock));
    await world.all("DELETE FROM bound_counts");
    await world.all("UPDATE user SET email_verified = 1");
    await world.all("DELETE FROM second_factors");
  });

  let networks = 0;
  const nextNetwork = () => {
    networks += 1;
    return `198.51.${networks >> 8}.${networks & 255}`;
  };
  const browse = (from = nextNetwork()): Browser =>
    openBrowser((request) => {
      request.headers.set("CF-Connecting-IP", from);
      return world.send(request);
    }, ORIGIN);
  const script = (body: object, from = nextNetwork()) =>
    world.fetch("/api/auth/sign-in/email", {
      method: "POST",
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": from },
      body: JSON.stringify(body),
    });
  const typed = async (person: { email: string; password: string }, browser = browse()) =>
    browser.submit(await browser.get("/sign-in"), "/sign-in", person);
  /** Strangers in many networks use up what the account has. Each guess costs a hash: most are only counted here. */
  async function besiege(email: string) {
    expect((await script({ email, password: "wrong password" })).status).toBe(401);
    await world.all("UPDATE bound_counts SET count = ? WHERE bound = 'guessesAnHour' AND count = 1", most - 5);
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_, at) => script({ email, password: `wrong password ${at}` })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
  }
  const told = async (answer: Response, email: string) => [
    answer.status,
    [...answer.headers].filter(([name]) => name !== "set-cookie" && name !== "retry-after"),
    (await answer.text())
      .replaceAll(email, "…")
      .replaceAll(/name="formToken" value="[^"]*"|challenge&quot;:&quot;[^&]*/g, ""),
  ];
  const askForLink = async (page: Response, browser: Browser) => browser.submit(page, "/sign-in/link", {});

  test("an account takes 100 an hour from all networks, then its person comes in by a mailed link", async () => {
    await besiege(BUYER.email);
    const browser = browse();
    const refused = await typed(BUYER, browser);
    expect([refused.status, Number(refused.headers.get("Retry-After")) > 0]).toEqual([429, true]);
    const json = await script(BUYER);
    expect([json.status, Number(json.headers.get("Retry-After")) > 0, await json.json()]).toEqual([
      429,
      true,
      expect.objectContaining({ code: "TOO_MANY_GUESSES" }),
    ]);
    expect((await askForLink(refused, browser)).status).toBe(200);
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[BUYER.email, "Sign in"]]);
    const link = linkIn(mails[0]);
    const page = await unchanged(world, () => browser.get(link));
    expect(await page.clone().text()).toContain(BUYER.email);
    expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
    const done = await browser.submit(page.clone(), link, {});
    expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/account`]);
    expect((await browser.get("/account")).status).toBe(200);
    expect((await browser.submit(page, link, {})).status).toBe(404);
    expect((await browse().get(link)).status).toBe(404);
    // This browser is known from now on: strangers' guesses are not counted against it.
    browser.cookies.delete("__Host-commerce.session_token");
    expect((await typed(BUYER, browser)).status).toBe(303);
    // Another account goes on, and with the next hour the password is taken everywhere.
    expect((await typed(OWNER)).status).toBe(303);
    world.skew(3600);
    expect((await typed(BUYER)).status).toBe(303);
    world.skew(-3600);
    console.info(
      `guesses: ${most} an hour for an account, ${most * 24} a day; a network makes ${BOUNDS.signIns.most} a minute (a /48 ${BOUNDS.signIns.most * WIDE_NETWORK})`,
    );
  });

  test("neither the bound, nor its page, nor the request for a link tells whether there is an account", async () => {
    await besiege(BUYER.email);
    await besiege(UNKNOWN.email);
    const [known, unknown] = [browse(), browse()];
    const [first, second] = [await typed(BUYER, known), await typed(UNKNOWN, unknown)];
    expect(await told(first.clone(), BUYER.email)).toEqual(await told(second.clone(), UNKNOWN.email));
    expect(await told(await askForLink(first, known), BUYER.email)).toEqual(
      await told(await askForLink(second, unknown), UNKNOWN.email),
    );
    expect(mails).toHaveLength(1);
    expect(JSON.stringify(await world.all("SELECT * FROM bound_counts"))).not.toMatch(/buyer|unknown/);
  });

  test("a browser that signed in before is outside, and its own guesses are counted by themselves", async () => {
    const own = browse();
    await signIn(own, BUYER);
    await besiege(BUYER.email);
    own.cookies.delete("__Host-commerce.session_token");
    expect((await typed(BUYER, own)).status).toBe(303);
    await world.all("UPDATE bound_counts SET count = ? WHERE bound = 'guessesAnHour' AND count = 0", most);
    own.cookies.delete("__Host-commerce.session_token");
    expect((await typed(BUYER, own)).status).toBe(429);
    // Its mark is of that account alone.
    await besiege(OWNER.email);
    expect((await typed(OWNER, own)).status).toBe(429);
  });

  test("a mailed link asks for the second factor, ends with a new password or address, and after half an hour", async () => {
    const person = browse();
    await signIn(person, BUYER);
    const app = await setUpFactor(world, person);
    const linkFor = async (email: string) => {
      const asker = browse();
      await asker.submit(await asker.get("/sign-in/link"), "/sign-in/link", { email });
      return linkIn(mails.at(-1));
    };
    const browser = browse();
    const link = await linkFor(BUYER.email);
    const step = await browser.submit(await browser.get(link), link, {});
    expect([step.status, await step.clone().text()]).toEqual([200, expect.stringContaining("authenticator app")]);
    expect((await browser.get("/account")).status).toBe(303);
    expect((await browser.submit(step.clone(), "/sign-in/code", { code: "000000" })).status).toBe(422);
    world.skew(60);
    expect((await browser.submit(step, "/sign-in/code", { code: app.code() })).status).toBe(303);
    expect((await browse().get(link)).status).toBe(404);
    await world.all("DELETE FROM second_factors");

    const renewed = await linkFor(BUYER.email);
    const reader = browse();
    await reader.submit(await reader.get("/forgot-password"), "/forgot-password", { email: BUYER.email });
    const reset = linkIn(mails.at(-1));
    expect((await reader.submit(await reader.get(reset), reset, { password: BUYER.password })).status).toBe(200);
    expect((await browse().get(renewed)).status).toBe(404);

    const moved = await linkFor(BUYER.email);
    const page = await browser.get(moved);
    await world.all("UPDATE user SET email = 'moved@example.com' WHERE email = ?", BUYER.email);
    expect((await browser.submit(page, moved, {})).status).toBe(404);
    await world.all("UPDATE user SET email = ? WHERE email = 'moved@example.com'", BUYER.email);

    const late = await linkFor(BUYER.email);
    world.skew(30 * 60);
    expect((await browse().get(late)).status).toBe(404);
  });

  test("50 uses of one link at once open one session", async () => {
    const asker = browse();
    await asker.submit(await asker.get("/sign-in/link"), "/sign-in/link", { email: BUYER.email });
    const link = linkIn(mails.at(-1));
    const readers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const browser = browse();
        return { browser, page: await browser.get(link) };
      }),
    );
    const answers = await Promise.all(readers.map(({ browser, page }) => browser.submit(page, link, {})));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(49);
  });

  test("the reader of an unconfirmed address gets a link that sets a password; the owner's gets none", async () => {
    await world.all("UPDATE user SET email_verified = 0");
    for (const { email } of [BUYER, OWNER]) {
      const asker = browse();
      await asker.submit(await asker.get("/sign-in/link"), "/sign-in/link", { email });
    }
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[BUYER.email, "Set a new password"]]);
  });

  test("where no mail is sent no bound by account keeps its person out, and each network has its own", async () => {
    world.restart(countersOn(world.clock));
    const [here, ...elsewhere] = [nextNetwork(), nextNetwork(), nextNetwork(), nextNetwork()];
    const { most: ofNetwork } = BOUNDS.guessesOfANetwork;
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => script({ email: BUYER.email, password: `wrong ${at}` }, here)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(ofNetwork);
    expect((await typed(BUYER, browse(here))).status).toBe(429);
    for (const from of elsewhere) expect((await script(BUYER, from)).status).toBe(200);
    expect(await world.all("SELECT * FROM bound_counts WHERE bound = 'guessesAnHour'")).toEqual([]);
    expect((await browse().get("/sign-in/link")).headers.get("Location")).toBe(`${ORIGIN}/sign-in`);
  });

  test("one network makes 100 attempts a minute, at whichever accounts and from whichever address of its /64", async () => {
    const counters = countersOn(world.clock);
    world.restart(counters);
    // Each attempt costs a hash: most of the hundred are only counted here.
    for (let at = 0; at < BOUNDS.signIns.most - 5; at++)
      await counters.SIGN_IN_LIMIT?.limit({ key: "2001:db8:0:0::/64" });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) => script({ ...UNKNOWN, email: `p${at}@example.com` }, `2001:db8::${at + 1}`)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.find(({ status }) => status === 429)?.headers.get("Retry-After")).toBe("60");
    const page = await typed(BUYER, browse("2001:db8::ffff"));
    expect([page.status, page.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect((await typed(BUYER)).status).toBe(303);
  });
});
