import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { idAt, MANY, manyOffers, OFF_SALE } from "../support/many-offers.ts";
import { ORIGIN } from "../support/world.ts";

interface Card {
  readonly markup: string;
  readonly id: string;
}

/** The cards of a page, each with the id that it names. */
const cardsOf = (page: string): Card[] =>
  [...page.matchAll(/<article.*?<\/article>/gs)].map(([markup]) => ({
    markup,
    id: /for your assistant: <code>([^<]*)<\/code>/.exec(markup)?.[1] ?? "",
  }));

/** The values of a property of microdata: its `content`, its `href`, or its text. */
function valuesOf(markup: string, property: string): string[] {
  const found = markup.matchAll(new RegExp(`<(\\w+)([^>]*) itemprop="${property}"([^>]*)>(.*?)(?=</\\1>|<)`, "gs"));
  return [...found].map(([, , before = "", after = "", text = ""]) => {
    const given = /(?:content|href)="([^"]*)"/.exec(before + after)?.[1];
    return given ?? text;
  });
}

describeInWorld("the page of offers", { reset: true }, (world) => {
  const page = async (path = "/offers") => {
    const answer = await world.fetch(path, { headers: { Accept: "text/html" } });
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };

  test("it shows an offer with its bump, its price, its id, and the address for an assistant", async () => {
    const html = await page();
    const cards = cardsOf(html);
    expect(cards.map(({ id }) => id)).toEqual(["sandbox-launch-pass"]);
    const { markup = "" } = cards[0] ?? {};
    expect(markup).toContain("Bumpgrade launch pass");
    expect(markup).toContain("$9.00 USD");
    expect(markup).toContain("A one-time checkout offer used to prove Checkout Session creation");
    expect(markup).toMatch(/<li.*Launch checklist.*\$19\.00 USD.*<\/li>/s);
    expect(html).toContain(`<code>${ORIGIN}/mcp</code>`);
    expect(html).toContain("This is a test shop: no payment here moves money.");
    expect(html).not.toContain("<script");
    expect(html).not.toContain('name="robots"');
    expect(await page("/")).toContain('<a href="/offers">What is for sale</a>');
    expect(await page("/")).toContain('<meta name="robots" content="noindex"/>');
  });

  test("its microdata is a product with an offer, as schema.org writes prices", async () => {
    const { markup = "" } = cardsOf(await page())[0] ?? {};
    expect(markup.match(/itemtype="[^"]*"/g)).toEqual(
      ["Product", "Offer", "Offer"].map((type) => `itemtype="https://schema.org/${type}"`),
    );
    expect(valuesOf(markup, "sku")).toEqual(["sandbox-launch-pass"]);
    expect(valuesOf(markup, "price")).toEqual(["9.00", "19.00"]);
    expect(valuesOf(markup, "priceCurrency")).toEqual(["USD", "USD"]);
    expect(valuesOf(markup, "availability")).toEqual(["https://schema.org/InStock"]);
    // The text of a description has the markup of its own direction around it.
    expect(markup).toMatch(/itemprop="name"><bdi>Bumpgrade launch pass<\/bdi>/);
    expect(markup).toMatch(/itemprop="description"><bdi>A one-time/);
  });

  test("a mode that takes no orders is said, to people and to programs", async () => {
    world.restart({ STRIPE_SECRET_KEY_SANDBOX: undefined });
    const html = await page();
    expect(html).toContain("Not everything is on sale here at the moment.");
    expect(valuesOf(html, "availability")).toEqual(["https://schema.org/OutOfStock"]);
  });

  test("a bump or an offer that is off sale is not there, and a page without offers says so", async () => {
    const off = (id: string) => world.all("UPDATE commerce_prices SET active = 0 WHERE id = ?", id);
    await off("price-launch-checklist-bump-usd");
    expect(cardsOf(await page())[0]?.markup).not.toContain("Launch checklist");
    await off("price-bumpgrade-sandbox-launch-pass-usd");
    const html = await page();
    expect(cardsOf(html)).toEqual([]);
    expect(html).toContain("There is no offer here at the moment.");
    await world.all(
      "UPDATE commerce_prices SET active = 1 WHERE id LIKE 'price-launch-checklist%' OR id LIKE '%launch-pass%'",
    );
  });

  test("a business without offers has no such page and no link to it", async () => {
    world.restart({ BUSINESS_PARTS: "plans" });
    expect((await world.fetch("/offers")).status).toBe(404);
    expect(await page("/")).not.toContain("/offers");
  });
});

describeInWorld("the page of many offers", { business: manyOffers }, (world) => {
  test("pages hold every offer on sale once, in catalog order, and each costs the same work", async () => {
    const [ids, rows, sizes]: [string[], number[], number[]] = [[], [], []];
    for (let path: string | undefined = "/offers"; path !== undefined; ) {
      world.database.reset();
      const html = await (await world.fetch(path)).text();
      const cards = cardsOf(html);
      ids.push(...cards.map(({ id }) => id));
      sizes.push(cards.length);
      rows.push(world.database.rowsRead());
      for (const { markup } of cards) {
        for (const price of valuesOf(markup, "price")) expect(price).toMatch(/^\d+(\.\d+)?$/);
        for (const currency of valuesOf(markup, "priceCurrency")) expect(currency).toMatch(/^[A-Z]{3}$/);
      }
      if (path.includes("after")) expect(html).toContain('<a href="/offers">First offers</a>');
      const next: string | undefined = /href="(\/offers\?after=[^"]*)">More offers/.exec(html)?.[1];
      expect(next).not.toBe(path);
      path = next;
    }
    const off = new Set<number>(Object.values(OFF_SALE));
    const places = Array.from({ length: MANY }, (_, index) => index + 1).filter((place) => !off.has(place));
    expect(ids).toEqual(["sandbox-launch-pass", ...places.map(idAt)]);
    expect(sizes).toEqual([50, 50, 19]);
    console.log("rows read, /offers:", rows.join(" "));
    expect(Math.abs((rows[0] ?? 0) - (rows[1] ?? 0))).toBeLessThan(60);
  });

  test("yen have no decimals, and an edited or foreign cursor shows the first page", async () => {
    const first = await (await world.fetch("/offers")).text();
    const card = cardsOf(first).find(({ id }) => id === idAt(10));
    expect(valuesOf(card?.markup ?? "", "price")).toEqual(["109", "220", "221"]);
    expect(valuesOf(card?.markup ?? "", "priceCurrency")).toEqual(["JPY", "JPY", "JPY"]);
    const { nextUri } = (await world.read("commerce://offers")) as { nextUri: string };
    const foreign = nextUri.split("cursor=")[1];
    for (const after of ["x", "", `${foreign}`]) {
      const again = await (await world.fetch(`/offers?${new URLSearchParams({ after })}`)).text();
      expect(cardsOf(again)).toEqual(cardsOf(first));
    }
  });
});
