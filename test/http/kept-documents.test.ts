import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { idAt, manyOffers } from "../support/many-offers.ts";
import { connect } from "../support/mcp.ts";
import { unlimited } from "../support/unlimited.ts";
import { BUYER, ORIGIN, type World } from "../support/world.ts";

const DOCUMENT = "/commerce/source-data";
const OFFER = "commerce://offers/sandbox-launch-pass";
/** What a change of the catalog says. */
const rename = (world: World, name: string) => world.all("UPDATE stack_offers SET name = ?", name);

/** An answer of the public MCP door to a request without a session, as an agent of 2026-07-28 sends it. */
async function rpc(
  world: World,
  method: string,
  params: Record<string, unknown>,
  headers: Record<string, string> = {},
) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const name = String(params.name ?? params.uri);
  const response = await world.fetch("/mcp/public", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": method,
      "Mcp-Name": name,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } }),
  });
  return (await response.json()) as { result: { ttlMs: number; cacheScope: string; contents: { text: string }[] } };
}
const readOffer = async (world: World, uri = OFFER) => {
  const { result } = await rpc(world, "resources/read", { uri });
  return { ...result, name: JSON.parse(result.contents[0]?.text ?? "{}").name as string };
};

/** Round trips to the database that an action takes. */
async function trips(world: World, action: () => Promise<unknown>): Promise<number> {
  world.database.reset();
  await action();
  return world.database.trips();
}

describeInWorld("public documents", { reset: true }, (world) => {
  test("over HTTP one is read once in ten seconds, and is never older than that at its reader", async () => {
    const read = async () => {
      const answer = await world.fetch(DOCUMENT);
      const text = await answer.text();
      const age = /^public, max-age=(\d+), must-revalidate$/.exec(answer.headers.get("Cache-Control") ?? "")?.[1];
      return { text, keepSeconds: Number(age), etag: answer.headers.get("ETag") ?? "" };
    };
    await rename(world, "Before");
    let first = await read();
    // The round trip took a millisecond, and a header tells whole seconds.
    expect([first.text.includes('"Before"'), first.keepSeconds]).toEqual([true, 9]);
    await rename(world, "After");
    world.skew(9);
    expect(await trips(world, async () => expect(await read()).toEqual({ ...first, keepSeconds: 0 }))).toBe(0);
    world.skew(1);
    expect(await trips(world, async () => expect((await read()).text).toContain('"After"'))).toBe(1);
    expect((await read()).etag).not.toBe(first.etag);

    first = await read();
    world.skew(11);
    await rename(world, "Later");
    expect(await trips(world, async () => expect((await read()).text).toContain('"Later"'))).toBe(1);

    // A clock that was set back tells no age: the document is read again.
    await rename(world, "Set back");
    world.skew(-5);
    expect((await read()).text).toContain('"Set back"');
  });

  test("an unchanged one is confirmed without a body, also weakly, in a list and to HEAD", async () => {
    const first = await world.fetch(DOCUMENT);
    const etag = first.headers.get("ETag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    for (const [method, sent, status] of [
      ["GET", etag, 304],
      ["GET", `W/${etag}`, 304],
      ["GET", `"other", W/${etag}`, 304],
      ["HEAD", etag, 304],
      ["HEAD", '"other"', 200],
      ["GET", '"other"', 200],
    ] as const) {
      const answer = await world.fetch(DOCUMENT, { method, headers: { "If-None-Match": sent } });
      const { headers } = answer;
      const seen = [answer.status, headers.get("ETag"), headers.get("Cache-Control"), (await answer.text()) === ""];
      expect([method, sent, ...seen]).toEqual([
        method,
        sent,
        status,
        etag,
        "public, max-age=9, must-revalidate",
        status === 304 || method === "HEAD",
      ]);
    }
    // After ten seconds the rows are read again; unchanged, they have the same tag.
    world.skew(10);
    expect(
      await trips(world, async () => {
        const answer = await world.fetch(DOCUMENT, { headers: { "If-None-Match": etag } });
        expect(answer.status).toBe(304);
      }),
    ).toBe(1);
  });

  test("a stranger's query, Host, Accept, Origin or Cookie changes neither what is kept nor what is answered", async () => {
    const headersOf = (answer: Response) => [...answer.headers].sort();
    const plain = await world.fetch(DOCUMENT);
    const [text, headers] = [await plain.text(), headersOf(plain)];
    for (const [path, sent] of [
      [`${DOCUMENT}?x=1`, {}],
      [DOCUMENT, { Origin: "https://evil.example" }],
      [DOCUMENT, { Accept: "text/html" }],
      [DOCUMENT, { "X-Forwarded-Host": "evil.example", "X-Original-URL": "/owner" }],
      [DOCUMENT, { Cookie: "session=1", Authorization: "Bearer x" }],
    ] as [string, Record<string, string>][]) {
      expect(
        await trips(world, async () => {
          const answer = await world.fetch(path, { headers: sent });
          expect([path, sent, await answer.text(), headersOf(answer)]).toEqual([path, sent, text, headers]);
        }),
      ).toBe(0);
    }
    const again = await world.fetch(DOCUMENT);
    expect([await again.text(), headersOf(again)]).toEqual([text, headers]);
    expect(text).not.toContain("evil.example");
  });

  test("over MCP one is kept under one name for both ways to read, and says how long it may still be kept", async () => {
    await rename(world, "Before");
    expect(await readOffer(world)).toMatchObject({ name: "Before", ttlMs: 9_999, cacheScope: "public" });
    await rename(world, "After");
    world.skew(9);
    expect(
      await trips(world, async () => {
        expect(await readOffer(world)).toMatchObject({ name: "Before", ttlMs: 999 });
        expect(await readOffer(world, OFFER.replace("launch", "%6Caunch"))).toMatchObject({
          name: "Before",
          ttlMs: 999,
        });
        const { result } = await rpc(world, "tools/call", { name: "read_commerce", arguments: { uri: OFFER } });
        expect(JSON.stringify(result)).toContain('"name":"Before"');
      }),
    ).toBe(0);
    world.skew(1);
    expect(await trips(world, async () => expect((await readOffer(world)).name).toBe("After"))).toBe(1);
  });

  test("a signed-in reader reads the database, before and after", async () => {
    await rename(world, "Before");
    await readOffer(world);
    await rename(world, "After");
    const url = `${ORIGIN}/mcp`;
    const client = await connect({ send: world.send, url, token: await world.token(BUYER, "mcp") });
    const read = async () => {
      const answer = await client.callTool({ name: "read_commerce", arguments: { uri: OFFER } });
      return (answer.structuredContent as { content: { name: string } }).content.name;
    };
    expect(await trips(world, async () => expect(await read()).toBe("After"))).toBe(1);
    await rename(world, "Later");
    expect(await read()).toBe("Later");
    expect((await client.readResource({ uri: OFFER })) as object).toMatchObject({ ttlMs: 0, cacheScope: "private" });
    // Nor does what they read become the public's.
    expect((await readOffer(world)).name).toBe("Before");
  });

  test("a refusal is never kept", async () => {
    const absent = OFFER.replace("pass", "gift");
    const read = () => rpc(world, "resources/read", { uri: absent });
    expect(await trips(world, async () => expect(await read()).toHaveProperty("error.data.code", "not_found"))).toBe(1);
    await world.all(
      "UPDATE stack_offers SET public_offer_id = ? WHERE public_offer_id = ?",
      "sandbox-launch-gift",
      "sandbox-launch-pass",
    );
    expect(await read()).toHaveProperty("result.cacheScope", "public");
    await world.all(
      "UPDATE stack_offers SET public_offer_id = ? WHERE public_offer_id = ?",
      "sandbox-launch-pass",
      "sandbox-launch-gift",
    );
  });

  test("the network's bound counts before a kept document is sent", async () => {
    await world.fetch(DOCUMENT);
    await readOffer(world);
    world.restart({ PUBLIC_READ_LIMIT: { limit: async () => ({ success: false }) } });
    expect((await world.fetch(DOCUMENT)).status).toBe(429);
    let left = 1;
    world.restart({ ...unlimited, PUBLIC_READ_LIMIT: { limit: async () => ({ success: left-- > 0 }) } });
    expect((await world.fetch(DOCUMENT)).status).toBe(200);
    expect((await world.fetch(DOCUMENT)).status).toBe(429);
  });
});

describeInWorld("public documents of a large catalog", { business: () => manyOffers({ plans: 120 }) }, (world) => {
  test("an isolate keeps two hundred, the newest; pages of a list, whose addresses have no end, are not kept", async () => {
    const read = (uri: string) =>
      trips(world, async () => expect(await rpc(world, "resources/read", { uri })).toHaveProperty("result"));
    const slugs = (await world.all<{ slug: string }>("SELECT slug FROM plans ORDER BY slug LIMIT 105")).map(
      ({ slug }) => slug,
    );
    const uris = [
      ...Array.from({ length: 96 }, (_, index) => `commerce://offers/${idAt(index + 1)}`),
      ...slugs.map((slug) => `commerce://plans/${slug}`),
    ];
    expect(uris).toHaveLength(201);
    for (const uri of uris) expect([uri, await read(uri)]).toEqual([uri, 1]);
    for (const uri of uris.slice(1)) expect([uri, await read(uri)]).toEqual([uri, 0]);
    expect(await read(uris[0] ?? "")).toBe(1);

    const { result } = await rpc(world, "resources/read", { uri: "commerce://offers" });
    const { nextUri } = JSON.parse(result.contents[0]?.text ?? "{}") as { nextUri: string };
    expect(await read(nextUri)).toBe(1);
    expect(await read(nextUri)).toBe(1);
    expect(await read("commerce://offers")).toBe(0);
  });
});
