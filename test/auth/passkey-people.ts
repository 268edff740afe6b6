import { questionIn, type SoftKey, sign } from "../support/authenticator.ts";
import { type Browser, openBrowser, signUp } from "../support/oauth.ts";
import { ORIGIN, type World } from "../support/world.ts";

/** People who are about to add passkeys, and what the database has of them. */
export function passkeyPeople(world: World) {
  let people = 0;
  const browse = () => openBrowser(world.send, ORIGIN);

  /** A person with a new account, signed in. */
  async function person() {
    const credentials = { name: "Pia Pass", email: `pia${++people}@example.com`, password: "pia's password" };
    const browser = browse();
    await signUp(browser, credentials);
    const [row] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", credentials.email);
    return { ...credentials, browser, id: row?.id ?? "" };
  }

  const stored = (userId: string) => world.all("SELECT * FROM passkeys WHERE user_id = ? ORDER BY created_at", userId);
  const audited = (userId: string) =>
    world
      .all<{ kind: string }>(
        "SELECT event_kind AS kind FROM payment_audit_events WHERE subject_id = ? AND event_kind LIKE 'passkey%' ORDER BY sequence",
        userId,
      )
      .then((rows) => rows.map(({ kind }) => kind));
  const isSignedIn = async (browser: Browser) => (await browser.get("/account")).status === 200;

  /** The page that asks for the second factor, after the right password. */
  async function passwordStep(browser: Browser, { email, password }: { email: string; password: string }) {
    const page = await browser.get("/sign-in?again=1&returnTo=/account/data");
    return browser.submit(page, "/sign-in", { email, password });
  }

  /** Answers the question of a page for the second factor. */
  async function answerStep(browser: Browser, page: Response, key: SoftKey, knobs = {}) {
    const { challenge } = questionIn(await page.clone().text(), "get");
    return browser.submit(page, "/sign-in/code", { credential: JSON.stringify(await sign(key, challenge, knobs)) });
  }

  return { browse, person, stored, audited, isSignedIn, passwordStep, answerStep };
}
