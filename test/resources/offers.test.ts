import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { buyKnowingNothing } from "../support/knows-nothing.ts";
import { idAt, MANY, manyOffers, OFF_SALE, PLAN_OFF_SALE, slugAt } from "../support/many-offers.ts";
import { connect } from "../support/mcp.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

type Item = Record<string, unknown> & { id: string; updatedAt: string };
interface List {
  items: Item[];
  nextUri?: string;
}

const textOf = ({ contents: [part] }: { contents: object[] }) => String((part as { text?: string } | undefined)?.text);

/** The keys of an item, as the contract lists them. */
const KEYS = ["id", "name", "summary", "amountCents", "amountText", "currency", "stripeMode", "status", "updatedAt"];

describeInWorld("the reference's lists", {}, (world) => {
  test("an item has what a buyer needs to choose, and what the offer itself says", async () => {
    const { items, nextUri } = (await world.read("commerce://offers")) as unknown as List;
    expect(nextUri).toBeUndefined();
    expect(items).toEqual([
      {
        id: "sandbox-launch-pass",
        name: "Bumpgrade launch pass",
        summary: expect.stringMatching(/^A one-time checkout offer used to prove/),
        amountCents: 900,
        amountText: "9.00 USD",
        currency: "usd",
        stripeMode: "sandbox",
        status: "sandbox-live",
        updatedAt: "2026-05-22T00:00:00.000Z",
      },
    ]);
    const offer = await world.read("commerce://offers/sandbox-launch-pass");
    const { id, ...item } = items[0] as Item;
    expect(offer).toMatchObject({ offerId: id, ...item });
  });

  test("a plan's item has its interval; a contact plan has no amount", async () => {
    const { items } = (await world.read("commerce://plans")) as unknown as List;
    expect(
      items.map(({ id, amountCents, amountText, currency, billingInterval, status }) => [
        id,
        amountCents,
        amountText,
        currency,
        billingInterval,
        status,
      ]),
    ).toEqual([
      ["experiment", 9_700, "97.00 USD", "usd", "month", "self_serve"],
      ["grow", 19_700, "197.00 USD", "usd", "month", "self_serve"],
      ["enterprise", null, null, null, "contact", "contact"],
    ]);
    for (const { id, ...item } of items) {
      expect(await world.read(`commerce://plans/${id}`)).toMatchObject({ planSlug: id, ...item });
    }
  });

  test("a plan is not in the list where no plan is sold, and says so when it is read", async () => {
    world.restart({ STRIPE_MAX_MODE: undefined });
    const { items } = (await world.read("commerce://plans")) as unknown as List;
    expect(items.map(({ id }) => id)).toEqual(["enterprise"]);
    const plan = await world.read("commerce://plans/grow");
    expect(plan).toMatchObject({ standsInTheWay: "Plans are not on sale here at the moment." });
    world.restart();
  });

  test("the version of an item is that of the offer, whichever row behind it moved", async () => {
    const versions = new Set<string>();
    for (const sql of [
      "UPDATE commerce_prices SET updated_at = updated_at + 1000 WHERE id = 'price-launch-checklist-bump-usd'",
      "UPDATE stack_offers SET updated_at = updated_at + 2000 WHERE role = 'order_bump'",
      "UPDATE commerce_prices SET updated_at = updated_at + 3000 WHERE id = 'price-bumpgrade-sandbox-launch-pass-usd'",
      "UPDATE offer_stacks SET updated_at = updated_at + 4000",
      "UPDATE businesses SET updated_at = updated_at + 5000",
    ]) {
      await world.all(sql);
      const { items } = (await world.read("commerce://offers")) as unknown as List;
      const offer = await world.read("commerce://offers/sandbox-launch-pass");
      expect([sql, items[0]?.updatedAt]).toEqual([sql, offer.updatedAt]);
      versions.add(String(offer.updatedAt));
    }
    expect(versions.size).toBe(5);
  });
});

describeInWorld("a business of many offers", { business: manyOffers }, (world) => {
  type Reader = { readonly uri: (uri: string) => Promise<List> };
  const readers = new Map<string, Reader>();

  beforeAll(async () => {
    const token = await world.token(BUYER, "mcp");
    for (const [name, client] of [
      ["mcp", await connect({ send: world.send, url: `${ORIGIN}/mcp`, token })],
      ["mcp/public", await connect({ send: world.send, url: `${ORIGIN}/mcp/public` })],
    ] as const) {
      readers.set(`resources/read at /${name}`, {
        uri: async (uri) => JSON.parse(textOf(await client.readResource({ uri }))) as List,
      });
      readers.set(`read_commerce at /${name}`, {
        uri: async (uri) => {
          const answer = await client.callTool({ name: "read_commerce", arguments: { uri } });
          if (answer.isError) throw new Error(JSON.stringify(answer.content));
          return (answer.structuredContent as { content: List }).content;
        },
      });
    }
  });

  /** Every page of a list, with the rows that the database read for each. */
  async function pagesOf(uri: string, { uri: read }: Reader) {
    const pages: { items: Item[]; rows: number }[] = [];
    for (let next: string | undefined = uri; next !== undefined; ) {
      world.database.reset();
      const page: List = await read(next);
      pages.push({ items: page.items, rows: world.database.rowsRead() });
      if (pages.length > 20) throw new Error("the list does not end");
      next = page.nextUri;
    }
    return pages;
  }

  const places = Array.from({ length: MANY }, (_, index) => index + 1);
  const offSale = new Set<number>(Object.values(OFF_SALE));
  const expected = ["sandbox-launch-pass", ...places.filter((place) => !offSale.has(place)).map(idAt)];

  test("pages hold every offer on sale once, in catalog order, by each way of reading", async () => {
    for (const [way, reader] of readers) {
      const pages = await pagesOf("commerce://offers", reader);
      const items = pages.flatMap((page) => page.items);
      expect([way, items.map(({ id }) => id)]).toEqual([way, expected]);
      expect(pages.map((page) => page.items.length)).toEqual([25, 25, 25, 25, 19]);
      for (const item of items) expect([way, Object.keys(item)]).toEqual([way, KEYS]);
      expect(items[1]).toMatchObject({ amountCents: 100, amountText: "100 JPY", currency: "jpy" });
    }
    const slugs = Array.from({ length: 60 }, (_, index) => index + 1).filter((place) => place !== PLAN_OFF_SALE);
    for (const [way, reader] of readers) {
      const items = (await pagesOf("commerce://plans", reader)).flatMap((page) => page.items);
      expect([way, items.map(({ id }) => id)]).toEqual([
        way,
        ["experiment", "grow", "enterprise", ...slugs.map(slugAt)],
      ]);
    }
  });

  test("a page costs the same work at any depth", async () => {
    const reader = readers.get("read_commerce at /mcp/public") as Reader;
    // An isolate that has kept no page.
    world.restart();
    for (const uri of ["commerce://offers", "commerce://plans"]) {
      const pages = await pagesOf(uri, reader);
      const rows = pages.map((page) => page.rows);
      console.log(`rows read, ${uri}:`, rows.join(" "));
      const whole = rows.slice(0, -1);
      expect(whole.length, uri).toBeGreaterThan(1);
      // A bump is a row more, and so is the last offer of the page before.
      expect(Math.max(...whole) - Math.min(...whole), uri).toBeLessThan(40);
      expect(Math.max(...rows), uri).toBeLessThan(250);
    }
  });

  test("a cursor is opaque, of its own list, and good after a sign-in and after the catalog's order changed", async () => {
    const [signedIn, open] = ["read_commerce at /mcp", "read_commerce at /mcp/public"].map(
      (way) => readers.get(way) as Reader,
    ) as [Reader, Reader];
    const { nextUri = "" } = await open.uri("commerce://offers");
    expect(nextUri).toMatch(/^commerce:\/\/offers\?cursor=[\w.~-]+$/);
    expect(nextUri).not.toContain(idAt(24));
    expect((await signedIn.uri(nextUri)).items[0]?.id).toBe(idAt(25));
    const other = nextUri.replace("offers", "plans");
    for (const wrong of [
      other,
      nextUri.slice(0, -2),
      `${nextUri}A`,
      "commerce://offers?cursor=x",
      "commerce://offers?page=2",
    ]) {
      await expect(open.uri(wrong), wrong).rejects.toThrow("not_found");
    }
    // The last offer of the page moves to the end but one: the list goes on from its new place.
    await world.all("UPDATE offer_stacks SET position = 120 WHERE id = ?", `stack-${idAt(24)}`);
    const { items } = await open.uri(nextUri);
    const moved = items.map(({ id }) => id);
    expect(moved.at(-1)).toBe(idAt(MANY));
    expect(moved.length).toBeLessThan(4);
    await world.all("UPDATE offer_stacks SET position = 25 WHERE id = ?", `stack-${idAt(24)}`);
  });

  test("an offer or plan that is off sale says so where it is read", async () => {
    for (const place of Object.values(OFF_SALE)) {
      const id = idAt(place);
      expect(await world.read(`commerce://offers/${id}`)).toMatchObject({
        offerId: id,
        standsInTheWay: `${id} is not on sale.`,
      });
    }
    expect(await world.read(`commerce://offers/${idAt(1)}`)).not.toHaveProperty("standsInTheWay");
    expect(await world.read(`commerce://plans/${slugAt(PLAN_OFF_SALE)}`)).toMatchObject({
      standsInTheWay: "This plan is not on sale.",
    });
    expect(await world.read(`commerce://plans/${slugAt(8)}`)).not.toHaveProperty("standsInTheWay");
  });

  test("an unknown id is answered with the list that has the ids", async () => {
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
    for (const list of ["commerce://offers", "commerce://plans"]) {
      const answer = await client.callTool({ name: "read_commerce", arguments: { uri: `${list}/absent` } });
      const text = (answer.content as { text: string }[])[0]?.text ?? "";
      expect(JSON.parse(text)).toMatchObject({ code: "not_found", resource: list });
      await expect(client.readResource({ uri: `${list}/absent` })).rejects.toMatchObject({ data: { resource: list } });
    }
  });

  test("an agent that knows nothing buys any of them with three calls, and a plan where only plans are sold", async () => {
    const token = await world.token(BUYER, "mcp");
    const agent = () => connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const three = (write: string) => ["read_commerce", "read_commerce", write];
    const offer = await buyKnowingNothing(await agent(), (items) => items[20]?.id ?? "");
    expect(offer.calls.map(({ name }) => name)).toEqual(three("start_checkout"));
    expect(offer.result).toMatchObject({ status: "open", amountCents: 119 });
    world.restart({ BUSINESS_PARTS: "plans,access" });
    const plan = await buyKnowingNothing(await agent(), (items) => items[1]?.id ?? "");
    expect(plan.calls.map(({ name }) => name)).toEqual(three("start_plan_checkout"));
    expect(plan.result).toMatchObject({ status: "open", amountCents: 19_700 });
    world.restart();
  });

  test("the lists are the first resources", async () => {
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
    const { resources, nextCursor } = await client.listResources();
    expect(resources.slice(0, 2).map(({ uri }) => uri)).toEqual(["commerce://offers", "commerce://plans"]);
    // Many clients read one page of a list of resources: there is one.
    expect(nextCursor).toBeUndefined();
  });
});
