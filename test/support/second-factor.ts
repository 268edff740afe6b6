import { codeOf, stepAt } from "../../src/auth/totp.ts";
import { unbase32 } from "./base32.ts";
import type { Browser } from "./oauth.ts";
import type { World } from "./world.ts";

/** The page on which a person sets the second factor up and changes it. */
export const FACTOR_PATH = "/account/second-factor";

/** A person's authenticator app and recovery codes. */
export interface App {
  /** The current code. */
  code(): string;
  /** The recovery codes. */
  readonly codes: readonly string[];
  /** The page that showed the recovery codes. */
  readonly shown: Response;
}

/** Sets a second factor up in a signed-in browser, and moves the clock by a minute, since each code works once. */
export async function setUpFactor(world: World, browser: Browser, path = FACTOR_PATH): Promise<App> {
  const begun = await browser.submit(await browser.get(path), FACTOR_PATH, { action: "begin" });
  const page = await browser.get(begun.headers.get("Location") ?? path);
  const code = appOf(world, await page.clone().text());
  const shown = await browser.submit(page, FACTOR_PATH, { action: "confirm", code: code() });
  const codes = Array.from(
    (await shown.clone().text()).matchAll(/<code>([A-Z2-7-]{23})<\/code>/g),
    ([, one]) => one ?? "",
  );
  world.skew(60);
  return { code, codes, shown };
}

/** An app with the key that a page shows; answers its current code. */
export function appOf(world: World, html: string): () => string {
  const typed = /<code>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1];
  if (!typed) throw new Error(`no key in ${html}`);
  return () => codeOf(unbase32(typed), stepAt(world.clock.now()));
}

/** Signs in by password and code. Answers the response to the form of the code. */
export async function signInByCode(
  browser: Browser,
  person: { email: string; password: string },
  code: string,
  returnTo = "",
): Promise<Response> {
  const { email, password } = person;
  const page = await browser.get(`/sign-in?again=1&returnTo=${encodeURIComponent(returnTo)}`);
  return browser.submit(await browser.submit(page, "/sign-in", { email, password }), "/sign-in/code", { code });
}
