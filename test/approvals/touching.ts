import { expect } from "vitest";
import { userHandleOf } from "../../src/auth/webauthn.ts";
import {
  type Algorithm,
  type Knobs,
  makeKey,
  questionIn,
  rowOf,
  type SoftKey,
  sign,
} from "../support/authenticator.ts";
import { type Browser, hiddenFields } from "../support/oauth.ts";
import { BUYER, type World } from "../support/world.ts";

/** Gives a person a passkey, as its registration would have stored it. */
export async function givePasskey(
  world: World,
  { email }: { readonly email: string } = BUYER,
  algorithm: Algorithm = "ES256",
  kind: { readonly counts?: boolean } = {},
): Promise<SoftKey> {
  const key = await makeKey(algorithm, kind);
  const [person] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", email);
  const userId = person?.id ?? "";
  key.userHandle = userHandleOf(userId);
  const row = rowOf(key, userId, world.clock.now());
  await world.all(
    `INSERT INTO passkeys (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row).fill("?").join(", ")})`,
    ...Object.values(row),
  );
  return key;
}

/** An approval page that was opened: what it asks a passkey, and the fields of its forms. */
export interface Opened {
  readonly path: string;
  readonly html: string;
  readonly challenge: string;
  readonly fields: Readonly<Record<string, string>>;
}

export async function openApproval(browser: Browser, path: string): Promise<Opened> {
  const page = await browser.get(path);
  const html = await page.text();
  expect(page.status, html).toBe(200);
  const { challenge } = questionIn(html, "get");
  const { formToken = "", shown = "" } = hiddenFields(html, path);
  return { path, html, challenge, fields: { formToken, shown } };
}

/** Sends the answer of a passkey, as the page's script does. */
export async function sendTouch(
  browser: Browser,
  { path, fields }: Pick<Opened, "path" | "fields">,
  credential: string,
) {
  const answer = await browser.post(path, { ...fields, decision: "approve", credential });
  return { status: answer.status, words: await answer.text() };
}

/** Opens the page and touches a passkey. */
export async function touch(browser: Browser, path: string, key: SoftKey, knobs: Knobs = {}) {
  const page = await openApproval(browser, path);
  return sendTouch(browser, page, JSON.stringify(await sign(key, page.challenge, knobs)));
}
