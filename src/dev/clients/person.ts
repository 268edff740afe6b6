import {
  type Browser,
  type Credentials,
  hiddenFields,
  openBrowser,
  overSocket,
  signIn,
  tickedBoxes,
} from "../local/browser-session.ts";
import type { SandboxClient } from "../stripe-sandbox/client.ts";

/** The person whom a client acts for: signs in, allows, pays. */
export interface Person {
  /** Opens the address that a client sends its person to, and allows what the page has ticked. Answers where the browser goes next. */
  allow(address: string): Promise<URL>;
  /** The words of our page where it refuses an app that it does not know; undefined where it asks. */
  refusal(address: string): Promise<string | undefined>;
  /** Pays a checkout on Stripe's page. */
  pay(checkoutIntentId: string): Promise<void>;
}

/** A person with a browser of their own. */
export async function openPerson(origin: string, as: Credentials, sandbox: SandboxClient): Promise<Person> {
  const browser = openBrowser(overSocket, origin);
  await signIn(browser, as);
  return {
    allow: (address) => allow(browser, address),
    async refusal(address) {
      const page = await (await browser.get(address)).text();
      return asks(page) ? undefined : page;
    },
    async pay(checkoutIntentId) {
      const sessions = await sandbox.sessions();
      const session = sessions.find((one) => one.client_reference_id === checkoutIntentId);
      if (!session) throw new Error(`Stripe has no session of ${checkoutIntentId}`);
      await sandbox.pay(session.id, "paid");
    },
  };
}

const asks = (page: string) => page.includes('name="decision"');

async function allow(browser: Browser, address: string): Promise<URL> {
  const shown = await browser.get(address);
  const page = await shown.text();
  if (!asks(page)) {
    const words = shown.headers.get("Location") ?? /<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? "";
    throw new Error(`the consent page is not shown: ${shown.status} ${words}`);
  }
  const answer = await browser.post("/authorize", {
    ...hiddenFields(page, "/authorize"),
    decision: "allow",
    scope: tickedBoxes(page),
  });
  const location = answer.headers.get("Location");
  if (!location) throw new Error(`consent was not taken: ${answer.status}`);
  return new URL(location);
}

/** The browser goes to the address on the person's own computer, where the client listens. */
export async function visit(callback: URL): Promise<void> {
  const answer = await fetch(callback);
  if (!answer.ok) throw new Error(`the client answers ${answer.status} to its own callback`);
  await answer.text();
}
