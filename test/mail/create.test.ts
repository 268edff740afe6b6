import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Bindings, parseSettings } from "../../src/env.ts";
import { createMail } from "../../src/mail/create.ts";

const bindings = env as unknown as Bindings;
const mailOf = (more: Record<string, unknown>) => {
  const all = { ...bindings, ...more } as Bindings;
  return createMail(parseSettings(all), all.MAIL);
};
const message = { to: "a@example.com", subject: "Hello", text: "Words" };

test("no sender, no mail", () => {
  expect(mailOf({})).toBeNull();
});

test("a sender sends through the binding, and without one the start is refused", async () => {
  const sent: unknown[] = [];
  const mail = mailOf({ MAIL_FROM: "shop@example.com", MAIL: { send: async (one: unknown) => sent.push(one) } });
  await mail?.send(message);
  expect(sent).toEqual([{ from: "shop@example.com", ...message }]);
  expect(() => mailOf({ MAIL_FROM: "shop@example.com" })).toThrow("MAIL_FROM needs the send_email binding MAIL");
  expect(() => mailOf({ MAIL_FROM: "no address" })).toThrow("MAIL_FROM");
});

test("the inbox of development is on this machine or nowhere: sign-in links go to it", () => {
  expect(mailOf({ MAIL_INBOX_URL: "http://localhost:8412" })).not.toBeNull();
  for (const elsewhere of ["https://inbox.example", "http://localhost.evil.example", "http://10.0.0.1:8412"]) {
    expect(() => mailOf({ MAIL_INBOX_URL: elsewhere })).toThrow("MAIL_INBOX_URL must be on localhost");
  }
});
