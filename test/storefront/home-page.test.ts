import { expect, test } from "vitest";
import { nameInClients, type WayToConnect, waysToConnect } from "../../src/mcp/connect.ts";
import { readTools, writes } from "../../tools/index.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { ORIGIN } from "../support/world.ts";

const BROWSER = { Accept: "text/html" };

/** The text of a page's markup, without its tags. */
const textOf = (markup: string) =>
  markup
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** The texts to copy of a page, by the client above them. */
const copies = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<h3>(.*?)<\/h3>.*?<pre><code>(.*?)<\/code><\/pre>/gs)].map(([, client = "", text = ""]) => [
      client,
      textOf(text),
    ]),
  );

describeInWorld("the landing page", { reset: true }, (world) => {
  const home = async (publicUrl = ORIGIN) => {
    world.restart({ PUBLIC_URL: publicUrl });
    const answer = await world.send(new Request(`${publicUrl}/`, { headers: BROWSER }));
    expect(answer.status).toBe(200);
    return answer.text();
  };

  test("it has the lines that connect each client to this very host", async () => {
    const found = copies(await home("https://shop.example"));
    expect(found).toEqual({
      "Claude Code": "claude mcp add --transport http bumpgrade https://shop.example/mcp",
      "Claude, web and desktop": "https://shop.example/mcp",
      "VS Code": expect.any(String),
      Cursor: expect.any(String),
      ChatGPT: "https://shop.example/mcp",
      Codex: "codex mcp add bumpgrade --url https://shop.example/mcp",
    });
    const url = "https://shop.example/mcp";
    expect(JSON.parse(found["VS Code"] ?? "")).toEqual({ servers: { bumpgrade: { type: "http", url } } });
    expect(JSON.parse(found.Cursor ?? "")).toEqual({ mcpServers: { bumpgrade: { url } } });
  });

  test.each(["http://localhost:8410", "https://localhost:8410", "http://127.0.0.1:8410"])(
    "at %s it leaves out the clients that call from afar, and says so",
    async (publicUrl) => {
      const page = await home(publicUrl);
      expect(Object.keys(copies(page))).toEqual(["Claude Code", "VS Code", "Cursor", "Codex"]);
      expect(page).toContain("a public address: Claude, web and desktop; ChatGPT.");
      for (const text of Object.values(copies(page))) expect(text).toContain(`${publicUrl}/mcp`);
    },
  );

  test("each of its links is answered, and it names the business and where to ask", async () => {
    const page = await home();
    expect(page).toContain('<strong><a href="/" class="home"><bdi>Bumpgrade</bdi></a></strong>');
    expect(page).toContain('<a href="mailto:support@bumpgrade.test">support@bumpgrade.test</a>');
    const links = [...page.matchAll(/href="(\/[^"]*)"/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) expect([path, (await world.fetch(path)).status < 400]).toEqual([path, true]);
    expect(page).not.toContain("<script");
  });

  test("a business without plans has no link to them", async () => {
    expect(await home()).toContain('href="/pricing"');
    world.restart({ BUSINESS_PARTS: "offers" });
    expect(await (await world.fetch("/", { headers: BROWSER })).text()).not.toContain('href="/pricing"');
  });

  test("a name is shown as it is, and a client is given the plain one", async () => {
    const named = (name: string, plain: string) =>
      world.all("UPDATE businesses SET name = ?, confirmation_name = ?", name, plain);
    await named("東京ベーカリー & <b>", "Tokyo Bakery");
    const page = await home();
    expect(page).toContain('<strong><a href="/" class="home"><bdi>東京ベーカリー &amp; &lt;b&gt;</bdi></a></strong>');
    expect(copies(page).Codex).toBe(`codex mcp add tokyo-bakery --url ${ORIGIN}/mcp`);
    await named("…", "...");
    expect(copies(await home()).Codex).toBe(`codex mcp add app-test --url ${ORIGIN}/mcp`);
  });

  test("before the business is seeded it is a page all the same", async () => {
    const page = await home();
    world.restart({ BUSINESS_OWNER_USER_ID: "user-of-no-business" });
    const answer = await world.fetch("/", { headers: BROWSER });
    expect(answer.status).toBe(200);
    const empty = await answer.text();
    expect(empty).toContain('<strong><a href="/" class="home"><bdi>This shop</bdi></a></strong>');
    expect([page.includes("mailto:"), empty.includes("mailto:")]).toEqual([true, false]);
  });
});

test("a name in clients is what all of them take, and leaves room for the longest tool", () => {
  const names = [
    ["Baeckerei Gross & Soehne", "baeckerei-gross-soehne"],
    ["Donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrtsge"],
    ["A name that is cut at a- hyphen", "a-name-that-is-cut-at-a"],
    ["  A 1 shop's -- ", "a-1-shop-s"],
    ["***", "shop-example"],
    ["; rm -rf ~ $(id) `id`", "rm-rf-id-id"],
  ] as const;
  for (const [business, name] of names) expect(nameInClients(business, "https://shop.example")).toBe(name);
  const longest = Math.max(...[...writes, ...readTools].map(({ name }) => name.length));
  for (const [business] of names) {
    const name = nameInClients(business, "https://shop.example");
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(`mcp__${name}__`.length + longest).toBeLessThanOrEqual(64);
  }
});

test("the steps of every client name no other server and end as sentences", () => {
  const ways: readonly WayToConnect[] = waysToConnect("https://shop.example", "shop");
  for (const { client, copy, next } of ways) {
    expect([client, JSON.stringify(copy).includes("https://shop.example/mcp"), next.endsWith(".")]).toEqual([
      client,
      true,
      true,
    ]);
  }
});
