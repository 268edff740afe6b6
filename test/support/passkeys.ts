import { makeKey, questionIn, type RegistrationKnobs, register, type SoftKey, sign } from "./authenticator.ts";
import type { Browser } from "./oauth.ts";

/** The page of a person's passkeys. */
export const PASSKEYS_PATH = "/account/passkeys";

/** Adds a passkey in a signed-in browser, through the page. Answers what the form was answered. */
export async function addPasskey(
  browser: Browser,
  key: SoftKey,
  { path = PASSKEYS_PATH, name = "Blue phone", ...knobs }: RegistrationKnobs & { path?: string; name?: string } = {},
): Promise<Response> {
  const page = await browser.get(path);
  const { challenge, user } = questionIn(await page.clone().text(), "create");
  const made = await register(key, challenge, { userHandle: user?.id ?? null, ...knobs });
  return browser.submit(page, PASSKEYS_PATH, { action: "add", name, credential: JSON.stringify(made) });
}

/** A new key that is registered in this browser, with the recovery codes where it is the first factor. */
export async function withPasskey(browser: Browser, ...wish: Parameters<typeof makeKey>) {
  const key = await makeKey(...wish);
  const added = await addPasskey(browser, key);
  const html = await added.clone().text();
  if (added.status > 303) throw new Error(`no passkey was added: ${added.status} ${html}`);
  return { key, codes: Array.from(html.matchAll(/<code>([A-Z2-7-]{23})<\/code>/g), ([, code]) => code ?? "") };
}

/** Signs in with a passkey alone, through the sign-in page. */
export async function signInByPasskey(
  browser: Browser,
  key: SoftKey,
  { returnTo = "", ...knobs }: Parameters<typeof sign>[2] & { returnTo?: string } = {},
): Promise<Response> {
  const page = await browser.get(`/sign-in?${new URLSearchParams({ again: "1", returnTo })}`);
  const { challenge } = questionIn(await page.clone().text(), "get");
  const credential = JSON.stringify(await sign(key, challenge, knobs));
  return browser.submit(page, "/sign-in/passkey", { credential });
}
