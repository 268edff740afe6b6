import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("the account page", {}, (world) => {
  let buyer: Browser;
  let owner: Browser;
  beforeAll(async () => {
    buyer = openBrowser(world.send, ORIGIN);
    owner = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    await signIn(owner, OWNER);
  });
  const text = async (browser: Browser, path: string) => (await browser.get(path)).text();

  test("without purchases the page says so, and asks who is signed out to sign in", async () => {
    const html = await text(owner, "/account");
    for (const words of ["No plan yet.", "No order yet.", "No signed confirmation yet."]) expect(html).toContain(words);
    const stranger = openBrowser(world.send, ORIGIN);
    expect((await stranger.get("/account/orders")).headers.get("Location")).toBe(
      `${ORIGIN}/sign-in?returnTo=%2Faccount%2Forders`,
    );
    for (const [old, path] of [
      ["/account/purchases", "/account/orders"],
      ["/account/receipts", "/account/confirmations"],
    ] as const) {
      expect((await stranger.get(old)).headers.get("Location")).toBe(ORIGIN + path);
    }
  });

  test("a person sees their own purchases, their state, and their signed confirmations, and those of no other person", async () => {
    await sale(world, { bump: true });
    await sale(world, { outcome: "none" });
    const html = await text(buyer, "/account");
    expect(html).toContain("28.00 USD, paid");
    expect(html).toContain("9.00 USD, waiting for payment");
    expect(html).toMatch(/Access to <bdi>Bumpgrade sandbox launch pass<\/bdi>: active/);
    const [, id] = /href="\/account\/confirmations\/(operation-[\w-]+)"/.exec(html) ?? [];
    expect((await buyer.get(`/account/receipts/${id}`)).headers.get("Content-Type")).toBe("application/jose");
    const others = await text(owner, "/account");
    expect(others).not.toContain("28.00 USD, paid");
    expect(others).toContain('href="/owner"');
    expect(html).not.toContain('href="/owner"');
  });

  test("many are on pages of their own, each once, and a position is good for its person alone", async () => {
    await sale(world);
    const operations = await world.all<Record<string, unknown>>("SELECT * FROM operations ORDER BY created_at");
    const [row] = operations;
    const names = Object.keys(row ?? {});
    const copies = Array.from({ length: 60 }, (_, at) =>
      world.db.prepare(`INSERT INTO operations (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`).bind(
        ...Object.values({
          ...row,
          id: `operation-copy-${at}`,
          idempotency_key: `copy-${at}`,
          created_at: Number(row?.created_at) - at * 1000 - 1,
        }),
      ),
    );
    await world.db.batch(copies);
    const account = await text(buyer, "/account");
    expect(account.match(/href="\/account\/confirmations\/operation/g)).toHaveLength(5);
    expect(account).toContain('href="/account/confirmations"');
    const seen: string[] = [];
    let path: string | undefined = "/account/confirmations";
    let older = "";
    while (path) {
      const html = await text(buyer, path);
      seen.push(
        ...Array.from(html.matchAll(/href="\/account\/confirmations\/(operation-[\w-]+)"/g), ([, id]) => id ?? ""),
      );
      path = /href="(\/account\/confirmations\?after=[^"]+)"/.exec(html)?.[1];
      older = path ?? older;
    }
    expect(seen).toHaveLength(operations.length + 60);
    expect(new Set(seen).size).toBe(seen.length);
    const theirs = await text(owner, older);
    expect(theirs).not.toContain("operation-copy");
    expect(await text(buyer, "/account/confirmations?after=made-up")).toContain(seen[0] ?? "nothing");
  });
});
