import { request } from "node:http";
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

test("the inbox answers under its own address, takes no post of another site, and outlives a body that is no message", async () => {
  const inbox = await startInbox(await freePort());
  const { port } = new URL(inbox.url);
  /** A call with headers of its own, `Host` among them, which `fetch` sets by itself. */
  const statusOf = (method: string, headers: Record<string, string>, body = "") =>
    new Promise<number | undefined>((resolve, reject) => {
      const call = request(inbox.url + (method === "POST" ? "/messages" : "/"), { method, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      call.once("error", reject).end(body);
    });
  const mail = JSON.stringify({ to: "a@example.com", subject: "Canary", text: "x" });
  try {
    for (const host of ["evil.example", `evil.example:${port}`, "localhost.evil.example", "127.0.0.1.evil.example"]) {
      expect([host, await statusOf("GET", { Host: host })]).toEqual([host, 403]);
      expect([host, await statusOf("POST", { Host: host }, mail)]).toEqual([host, 403]);
    }
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "http://localhost:1" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site", Origin: inbox.url },
    ]) {
      expect([headers, await statusOf("POST", headers as Record<string, string>, mail)]).toEqual([headers, 403]);
    }
    expect(await (await fetch(inbox.url)).text()).not.toContain("Canary");
    expect(await statusOf("POST", {}, "no message")).toBe(400);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect([host, await statusOf("GET", { Host: host })]).toEqual([host, 200]);
    }
    expect(await statusOf("POST", { Origin: inbox.url }, mail)).toBe(204);
    expect(await statusOf("POST", {}, mail)).toBe(204);
  } finally {
    inbox.stop();
  }
});
