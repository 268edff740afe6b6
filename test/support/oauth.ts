import { type Browser, type Credentials, signIn } from "../../src/dev/local/browser-session.ts";

export * from "../../src/dev/local/browser-session.ts";
export * from "../../src/dev/local/oauth-client.ts";

/** Makes an account through the page of a server that sends no mail, and signs in. */
export async function signUp(browser: Browser, person: Credentials & { name: string }): Promise<void> {
  const answer = await browser.submit(await browser.get("/sign-up"), "/sign-up", { ...person });
  if (answer.status !== 303) throw new Error(`sign-up was refused: ${answer.status} ${await answer.text()}`);
  await signIn(browser, person);
}
