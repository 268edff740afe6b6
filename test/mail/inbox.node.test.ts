import { expect, test } from "vitest";
import { startInbox } from "../../src/dev/inbox.ts";
import { freePort } from "../../src/dev/local/ports.ts";
import { inboxMail } from "../../src/mail/inbox.ts";

test("the inbox of development shows what was sent, the newest first, its links to follow and its markup as text", async () => {
  const inbox = await startInbox(await freePort());
  try {
    const mail = inboxMail(inbox.url);
    expect(await (await fetch(inbox.url)).text()).toContain("No message yet");
    await mail.send({ to: "a@example.com", subject: "First <b>", text: "Go to\nhttps://shop.example/x?a=1&b=2\nnow" });
    await mail.send({ to: "b@example.com", subject: "Second", text: "<script>alert(1)</script>" });
    const html = await (await fetch(inbox.url)).text();
    expect(html.indexOf("Second")).toBeLessThan(html.indexOf("First &lt;b&gt;"));
    expect(html).toContain('<a href="https://shop.example/x?a=1&amp;b=2">');
    expect(html).not.toContain("<script>");
  } finally {
    inbox.stop();
  }
  await expect(inboxMail(inbox.url).send({ to: "", subject: "", text: "" })).rejects.toThrow();
});
