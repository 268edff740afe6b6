import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { tableDeclarations } from "../../src/db/schema/declare.ts";
import { BUSINESS_PARTS, type BusinessPart } from "../../src/db/schema/vocabulary.ts";
import { parseBusiness, type SeedFiles } from "../../src/dev/seeds/business.ts";
import { partsOf } from "../../src/dev/seeds/parts.ts";
import { neutralProse, neutralTable } from "../../src/source-data/neutral-prose.ts";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { bundledBusiness } from "../support/bundled-seeds.ts";
import { crawl } from "../support/crawl.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { namesOf } from "../support/part-names.ts";
import { ORIGIN, OWNER, type World } from "../support/world.ts";

const profile = (name: string) => ({
  ownerUserId: `user-${name}`,
  ownerName: "Ina Frost",
  ownerEmail: `${name}@shop.test`,
  name: `Ina's ${name}`,
  supportEmail: `help@${name}.test`,
});

/** One book, sold once, with its file; nothing else. */
const books: SeedFiles = {
  "business.json": profile("books"),
  "products.json": { products: [{ id: "book", name: "The book", kind: "digital_download" }] },
  "prices.json": {
    prices: [{ id: "price-book", productId: "book", nickname: "The book", currency: "eur", unitAmountCents: 1900 }],
  },
  "offers.json": {
    stacks: [
      {
        id: "book",
        offers: [{ id: "book", productId: "book", priceId: "price-book", name: "The book", stripeMode: "sandbox" }],
      },
    ],
  },
  "access-catalog.json": {
    accessRules: ["after-payment"],
    products: [
      {
        id: "book-file",
        kind: "digital_download",
        entitlementTemplateId: "book-reader",
        accessRuleIds: ["after-payment"],
        assets: [{ assetId: "book-pdf", kind: "file" }],
      },
    ],
    grantMaps: [
      {
        id: "book-grant",
        priceId: "price-book",
        sourceCommerceProductId: "book",
        productId: "book-file",
        entitlementTemplateId: "book-reader",
        accessRuleId: "after-payment",
        taskKind: "digital_download",
        taskSummary: "The reader can have the book.",
      },
    ],
  },
};

/** One plan with a setup; nothing else. */
const club: SeedFiles = {
  "business.json": profile("club"),
  "products.json": {
    products: [
      { id: "club", name: "The club", kind: "membership_subscription", fulfillmentKind: "membership" },
      { id: "welcome", name: "Welcome call", kind: "implementation_service" },
    ],
  },
  "prices.json": {
    prices: [
      {
        id: "price-club",
        productId: "club",
        nickname: "The club",
        currency: "eur",
        unitAmountCents: 900,
        billingInterval: "month",
      },
      { id: "price-welcome", productId: "welcome", nickname: "Welcome call", currency: "eur", unitAmountCents: 5000 },
    ],
  },
  "plans.json": {
    plans: [
      {
        slug: "club",
        name: "The club",
        billingInterval: "month",
        productId: "club",
        priceId: "price-club",
        setupPriceId: "price-welcome",
        stripeMode: "live",
      },
    ],
  },
};

test("words of ours exist for every published table, and name no part that is absent", () => {
  for (const { name, published } of tableDeclarations()) {
    if (!published) continue;
    expect(neutralTable(name).purpose, name).not.toContain("Rows that this server keeps");
  }
  for (const part of BUSINESS_PARTS) {
    const { contract, ...rest } = neutralProse(new Set(BUSINESS_PARTS.filter((other) => other !== part)));
    const said = JSON.stringify([contract, rest.decisions, rest["agent-write-rules"]]);
    for (const name of namesOf(part)) expect(said).not.toMatch(name);
  }
  expect(neutralProse(new Set(BUSINESS_PARTS))["agent-write-rules"]).toHaveLength(7);
  // The lists are those of the answers, as the contract words them.
  const prose = neutralProse(new Set());
  const answered = Object.keys(createCommissionEvidence.output.shape);
  expect(
    prose["commission-ledger"].publicSafeFields.filter((field) => answered.includes(field)).length,
  ).toBeGreaterThan(5);
  expect(prose["post-purchase-decisions"].publicSafeFields).toEqual(
    expect.arrayContaining(
      Object.keys(recordPostPurchaseDecision.output.shape).filter((field) => /decision/i.test(field)),
    ),
  );
});

const WAYS = [
  { name: "books", files: books, parts: ["offers", "access", "files"] },
  { name: "club", files: club, parts: ["plans"] },
] as const;

const tokens: Record<string, number> = {};

for (const { name, files, parts } of WAYS) {
  describeInWorld(
    `a business of ${parts.join(", ")} without prose`,
    { business: () => parseBusiness(files) },
    (world) => {
      const person = { email: `${name}@shop.test`, password: "local-password" };

      test("it has the parts of its files", () => {
        expect(partsOf(parseBusiness(files).files)).toEqual(parts);
      });

      test("the document says nothing of the reference, nothing of what is not there, and has no null issue", async () => {
        const text = await (await world.fetch("/commerce/source-data")).text();
        const document = JSON.parse(text) as Record<string, unknown>;
        expect(text.toLowerCase()).not.toContain("bumpgrade");
        expect(text).not.toMatch(/issue|retrievedAt|undefined|\bdocs\.stripe\.com/i);
        expect(nullsIn(document)).toEqual([]);
        expectUnnamed(parts, [["document", withoutColumns(document)]]);
        const contract = document.contract as { summary: string; secretNames: { storage: string }[] };
        expect(contract.summary).toContain("a person confirms its exact words");
        expect(contract.secretNames.map(({ storage }) => storage)).toEqual(
          Array(6).fill("a secret of the deployed Worker"),
        );
        for (const { purpose } of document.tables as { purpose: string }[]) expect(purpose).toMatch(/^[A-Z].*\.$/);
        expect(document.contract).toHaveProperty("activeMode", name === "club" ? "live" : "sandbox");
        if (name === "club") {
          const { setupAddon } = document.selfServePricing as { setupAddon: Record<string, unknown> };
          expect(setupAddon).toMatchObject({ slug: "price-welcome", name: "Welcome call", unitAmountCents: 5000 });
        }
      });

      test("an owner's and a visitor's pages lead nowhere dead, and say nothing of the reference or of what is not there", async () => {
        const owner = openBrowser(world.send, ORIGIN);
        await signIn(owner, person);
        const pages = await crawl(owner, ["/", "/account", "/owner"]);
        expect(pages.length).toBeGreaterThan(15);
        expect(pages.filter(({ status }) => status >= 404 && status !== 405)).toEqual([]);
        const texts = pages.map(({ path, html }): [string, string] => [
          path,
          html.replaceAll(/<style>.*?<\/style>/gs, ""),
        ]);
        expectUnnamed(parts, texts);
        expect(texts.filter(([, html]) => /bumpgrade/i.test(html)).map(([path]) => path)).toEqual([]);
      });

      test("an agent's lists are shorter, and name nothing that is not there", async () => {
        const lists = await listsOf(world, person);
        expectUnnamed(parts, [["lists", JSON.stringify(lists)]]);
        tokens[parts.join(", ")] = countTokens(JSON.stringify(lists.tools));
      });
    },
  );
}

describeInWorld("the reference", {}, (world) => {
  test("costs more tokens than a business that uses less", async () => {
    const { tools } = await listsOf(world, OWNER);
    tokens.all = countTokens(JSON.stringify(tools));
    console.info(`tokens of tools/list: ${JSON.stringify(tokens)}`);
    expect(partsOf(bundledBusiness().files)).toEqual(BUSINESS_PARTS);
    for (const { parts } of WAYS) expect(tokens[parts.join(", ")]).toBeLessThan(tokens.all * 0.75);
  });
});

async function listsOf(world: World, person: { email: string; password: string }) {
  const token = await world.token(person, "mcp");
  const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
  return {
    instructions: client.getInstructions(),
    tools: (await client.listTools()).tools,
    resources: (await client.listResources()).resources,
    templates: (await client.listResourceTemplates()).resourceTemplates,
  };
}

/** Fails where a text names a part that the business does not use. */
function expectUnnamed(parts: readonly BusinessPart[], texts: readonly (readonly [string, string])[]) {
  const absent = BUSINESS_PARTS.filter((part) => !parts.includes(part));
  const found = absent.flatMap((part) =>
    namesOf(part).flatMap((name) => texts.flatMap(([where, text]) => (name.test(text) ? [`${where}: ${name}`] : []))),
  );
  expect(found).toEqual([]);
}

const nullsIn = (value: unknown, path = ""): string[] => {
  if (value === null) return [path];
  return typeof value === "object"
    ? Object.entries(value ?? {}).flatMap(([key, one]) => nullsIn(one, `${path}.${key}`))
    : [];
};

/** Columns are the table's own: a column that stays empty is still a column. */
const withoutColumns = (value: unknown): string =>
  JSON.stringify(value, (key, one: unknown) => (/Fields$/.test(key) ? [] : one));
